"""Makes tests/golden/audio: short sound files with what soundfile decodes them to, and what librosa,
soxr, transformers' formula and kaldi-native-fbank make of sounds.

    python3 make_audio_goldens.py    (librosa 0.11.0, soundfile, soxr, kaldi-native-fbank, numpy; ffmpeg
                                      for the MP3 files without a Xing frame)

The sounds are made here, from fixed seeds; nothing is read. Arrays are .npy of float32.
"""
import os
import subprocess

import kaldi_native_fbank as knf
import librosa
import numpy as np
import soundfile as sf

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "audio")


def save(name, x):
    np.save(os.path.join(FOLDER, name + ".npy"), np.ascontiguousarray(x, dtype="<f4"))


def path(name):
    return os.path.join(FOLDER, name)


def chirp(rate, seconds, channels, seed):
    """A rising tone, a fading one, and noise: every channel another."""
    t = np.arange(int(rate * seconds)) / rate
    rng = np.random.default_rng(seed)
    out = []
    for c in range(channels):
        x = 0.4 * np.sin(2 * np.pi * (300 + 150 * c) * t * (1 + t))
        x += 0.3 * np.sin(2 * np.pi * (1100 + 70 * c) * t) * np.exp(-3 * t)
        out.append(x + 0.02 * rng.standard_normal(t.size))
    return np.stack(out, 1).astype("f4")


def decoded():
    """Files, and beside each the mean of its channels as soundfile reads them."""
    files = [
        ("pcm16_stereo.wav", 22050, 0.2, 2, "WAV", "PCM_16"),
        ("pcm24.wav", 8000, 0.2, 1, "WAV", "PCM_24"),
        ("u8.wav", 8000, 0.1, 1, "WAV", "PCM_U8"),
        ("float.wav", 16000, 0.1, 1, "WAV", "FLOAT"),
        ("double_extensible.wav", 16000, 0.05, 3, "WAVEX", "DOUBLE"),
        ("alaw.wav", 8000, 0.1, 1, "WAV", "ALAW"),
        ("stereo.flac", 44100, 0.2, 2, "FLAC", "PCM_16"),
        ("pcm24.flac", 48000, 0.1, 1, "FLAC", "PCM_24"),
        ("vorbis.ogg", 22050, 0.4, 2, "OGG", "VORBIS"),
        ("opus.ogg", 48000, 0.4, 1, "OGG", "OPUS"),
        ("lame.mp3", 44100, 0.4, 2, "MP3", "MPEG_LAYER_III"),
    ]
    for i, (name, rate, seconds, channels, fmt, sub) in enumerate(files):
        sf.write(path(name), chirp(rate, seconds, channels, i), rate, format=fmt, subtype=sub)
    # Without a Xing frame: the length is nowhere told, and with a varying bit rate guessed wrong.
    sf.write(path("long.wav"), np.r_[chirp(22050, 0.6, 1, 40), np.zeros((9000, 1), "f4")], 22050)
    for name, opts in [("vbr_no_xing.mp3", ["-q:a", "5"]), ("cbr_no_xing.mp3", ["-b:a", "32k"])]:
        subprocess.run(["ffmpeg", "-loglevel", "error", "-y", "-i", path("long.wav"), *opts,
                        "-write_xing", "0", "-id3v2_version", "3", "-metadata", "title=Chirp",
                        path(name)], check=True)
        # The reference is ffmpeg's own decoder.
        raw = subprocess.run(["ffmpeg", "-loglevel", "error", "-i", path(name), "-f", "f32le",
                              "-ac", "1", "-"], check=True, stdout=subprocess.PIPE).stdout
        save(name, np.frombuffer(raw, "<f4"))
    os.remove(path("long.wav"))
    for name, *_ in files:
        x, _ = sf.read(path(name), dtype="float32", always_2d=True)
        save(name, x.mean(1))


def resampled():
    for a, b, n in [(44100, 16000, 6000), (8000, 16000, 1501), (22050, 16000, 3001),
                    (48000, 16000, 4801), (16000, 44100, 1000), (11025, 8000, 37)]:
        x = chirp(a, 0.3, 1, 7)[:n, 0]
        save(f"resample_{a}_{b}.in", x)
        save(f"resample_{a}_{b}.out", librosa.resample(x, orig_sr=a, target_sr=b, res_type="soxr_hq"))


def spectra():
    rate = 16000
    x = chirp(rate, 0.35, 1, 11)[:, 0]
    save("sound_16k", x)
    for name, kw in [
        ("hann_zero", dict(n_fft=400, hop_length=160, window="hann", center=True, pad_mode="constant")),
        ("hamming_reflect", dict(n_fft=512, win_length=400, hop_length=160, window="hamming",
                                 center=True, pad_mode="reflect")),
        ("boxcar_none", dict(n_fft=256, hop_length=100, window="boxcar", center=False)),
    ]:
        save(f"stft_{name}.power", np.abs(librosa.stft(x, **kw)).T ** 2)
        save(f"stft_{name}.magnitude", np.abs(librosa.stft(x, **kw)).T)
    # Shorter than the padding: NumPy mirrors more than once.
    for n in (1, 2, 90):
        short = x[:n]
        padded = np.pad(short, 200, mode="reflect")
        save(f"stft_short_{n}.power",
             np.abs(librosa.stft(padded, n_fft=400, hop_length=160, center=False)).T ** 2)
    for name, kw in [("slaney_norm", dict(htk=False, norm="slaney")), ("slaney", dict(htk=False, norm=None)),
                     ("htk", dict(htk=True, norm=None)), ("htk_norm", dict(htk=True, norm="slaney"))]:
        save(f"mel_{name}", librosa.filters.mel(sr=rate, n_fft=512, n_mels=40, fmin=20, fmax=7600, **kw))
    m = librosa.feature.melspectrogram(y=x, sr=rate, n_fft=400, hop_length=160, n_mels=80)
    save("melspectrogram", m.T)
    save("db_ref1_top80", librosa.power_to_db(m).T)
    save("db_refmax_notop", librosa.power_to_db(m, ref=np.max, amin=1e-8, top_db=None).T)
    mfcc = librosa.feature.mfcc(y=x, sr=rate, n_mfcc=13, n_fft=400, hop_length=160, n_mels=80)
    save("mfcc13", mfcc.T)
    save("mfcc20_lifter22", librosa.feature.mfcc(y=x, sr=rate, n_mfcc=20, n_fft=400, hop_length=160,
                                                 n_mels=80, lifter=22).T)
    for order in (1, 2):
        for mode in ("interp", "nearest"):
            save(f"delta{order}_{mode}", librosa.feature.delta(mfcc, order=order, mode=mode).T)
        save(f"delta{order}_short", librosa.feature.delta(mfcc[:, :3], order=order, mode="nearest").T)
    for n in (23, 80):
        opts = knf.FbankOptions()
        opts.frame_opts.dither = 0
        opts.frame_opts.samp_freq = rate
        opts.mel_opts.num_bins = n
        opts.energy_floor = 0
        fbank = knf.OnlineFbank(opts)
        fbank.accept_waveform(rate, x.tolist())
        fbank.input_finished()
        save(f"fbank{n}", np.stack([fbank.get_frame(i) for i in range(fbank.num_frames_ready)]))
    save("wav2vec2", (x - np.mean(x)) / np.sqrt(np.var(x) + 1e-7))


def main():
    os.makedirs(FOLDER, exist_ok=True)
    decoded()
    resampled()
    spectra()


main()
