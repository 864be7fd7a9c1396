/* Features of one input as the commands `encode` and `get` give them: a .npy file, JSON or text. */
#ifndef CLI_FEATURES_H
#define CLI_FEATURES_H

#include "cli_json.h"

/*
 * With @path: write @t there, and with @head print it with the shape as JSON, else nothing.
 * Without: print the numbers, with @head as its JSON member "values", else a line a row.
 * @param head the JSON object to print; taken; NULL: print text
 */
cli_exit cli_features_write(const fc_tensor *t, const char *path, json_t *head);
/* A path for -o that would not do what it seems to: a message, and false. */
bool cli_features_path_ok(const char *command, const char *path);

#endif /* CLI_FEATURES_H */
