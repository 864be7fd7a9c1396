#!/usr/bin/env perl
# A manifest (CSV, to stdout) of Sweet Home 3D's furniture libraries: for each piece its model, its
# icon and its English name as a text, all three one group; `kind` is the last word of the name.
# Paths lead into the zips; rows are in the order of each zip, so that it is read in one pass.
#
#   furniture-manifest.pl LIBRARY.sh3f...
use strict;
use warnings;
use Compress::Zlib;

binmode STDOUT, ':encoding(UTF-8)';
print "id,path,text,group,kind,name,category\n";
for my $library (@ARGV) {
    my %members = members($library);
    my %pieces = catalogue(content($library, $members{'PluginFurnitureCatalog.properties'}));
    my ($file) = $library =~ m{([^/]+)$};
    my @rows;
    for my $piece (values %pieces) {
        my ($kind) = lc($piece->{name}) =~ /(\S+)\s*$/ or next;
        (my $group = $piece->{model}) =~ s{\.\w+$}{};
        for my $part ('model', 'icon') {
            my $member = $members{$piece->{$part}} or next;
            push @rows, [$member->{offset}, $piece->{$part}, "$file/$piece->{$part}", '', $group, $kind];
            push @{$rows[-1]}, @$piece{'name', 'category'};
        }
        push @rows, [0, "$group.name", '', $piece->{name}, $group, $kind, @$piece{'name', 'category'}];
    }
    print join(',', map { my $c = $_ // ''; $c =~ s/"/""/g; qq("$c") } @$_[1 .. 7]), "\n"
        for sort { $a->[0] <=> $b->[0] or $a->[1] cmp $b->[1] } @rows;
}

# Members by name: offset of their local header, method, compressed size. From the central directory.
sub members {
    my ($path) = @_;
    open my $zip, '<:raw', $path or die "$path: $!\n";
    my $size = -s $zip;
    my $tail = $size < 65557 ? $size : 65557;
    seek $zip, $size - $tail, 0;
    read $zip, my ($end), $tail;
    my $at = rindex $end, "PK\5\6";
    die "$path: no zip\n" if $at < 0;
    my ($n, undef, $offset) = unpack 'x10 v V V', substr $end, $at;
    my %members;
    seek $zip, $offset, 0;
    for (1 .. $n) {
        read $zip, my ($head), 46;
        my ($magic, $method, $packed, $name_n, $extra_n, $note_n, $local) =
            unpack 'a4 x6 v x8 V x4 v v v x8 V', $head;
        die "$path: a broken directory\n" if $magic ne "PK\1\2";
        read $zip, my ($name), $name_n;
        seek $zip, $extra_n + $note_n, 1;
        $members{$name} = {offset => $local, method => $method, packed => $packed};
    }
    return %members;
}

sub content {
    my ($path, $member) = @_;
    die "$path: no catalogue\n" unless $member;
    open my $zip, '<:raw', $path or die "$path: $!\n";
    seek $zip, $member->{offset}, 0;
    read $zip, my ($head), 30;
    my ($name_n, $extra_n) = unpack 'x26 v v', $head;
    seek $zip, $name_n + $extra_n, 1;
    read $zip, my ($bytes), $member->{packed};
    return $bytes if $member->{method} == 0;
    my ($inflate) = inflateInit(-WindowBits => -MAX_WBITS);
    my ($text) = $inflate->inflate($bytes);
    return $text;
}

# "name#12=Arm chair" of a Java properties file (Latin-1 with \uXXXX) to pieces by number.
sub catalogue {
    my ($text) = @_;
    my %pieces;
    for (split /\r?\n/, $text) {
        my ($key, $number, $value) = /^\s*(name|model|icon|category)#(\d+)\s*[=:]\s*(.*?)\s*$/ or next;
        $value =~ s/\\u([0-9A-Fa-f]{4})/chr hex $1/ge;
        $value =~ s/\\(.)/$1/g;
        $value =~ s{^/}{} if $key eq 'model' or $key eq 'icon';
        $pieces{$number}{$key} = $value;
    }
    delete @pieces{grep { !$pieces{$_}{model} or !$pieces{$_}{name} } keys %pieces};
    return %pieces;
}
