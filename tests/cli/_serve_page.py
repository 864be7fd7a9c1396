"""What serve_page.sh sees in a browser: python3 _serve_page.py URL FILE FOLDER

FILE is a picture to search with. Screenshots go to FOLDER. Exit 77: there is no Chromium.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import _cdp

url, file, folder = sys.argv[1:]
program = _cdp.find()
if program is None:
    print("SKIPPED: no Chromium (Debian: chromium); CHROMIUM can name one")
    sys.exit(77)
b = _cdp.Browser(program)

FIGURES = "document.querySelectorAll('figure').length"
BROKEN = ("[...document.images].filter(i => !i.complete || i.naturalWidth == 0).length + "
          "[...document.querySelectorAll('audio')].filter(a => a.error).length")


def hits(n):
    assert b.value(FIGURES) == n + 1, (b.value(FIGURES), b.value("document.body.innerText"))
    assert b.value(BROKEN) == 0, "a picture or a sound that does not load"


def fits(width):
    """Nothing of the page is beyond the width of the screen."""
    b.width(width)
    wide = b.value("document.scrollingElement.scrollWidth")
    assert wide <= width, "at %d pixels the page is %d wide" % (width, wide)


# The form, by the keyboard alone: Tab to the text, Enter sends it.
b.width(1000)
b.go(url)
assert b.value(FIGURES) == 0 and b.value("document.forms.length") == 1
assert b.value("[...document.querySelectorAll('input, select')].every(f => f.labels.length == 1 && "
               "f.labels[0].innerText.trim() != '')"), "a field without a label"
b.key("Tab")
assert b.value("document.activeElement.name") == "text"
b.write('a fish & "more"')
names = []
for _ in range(12):
    b.key("Tab")
    names.append(b.value("document.activeElement.name || document.activeElement.tagName"))
for name in ("file", "id", "modality", "space", "calibrate", "encoder", "dataset", "where", "k", "explain", "BUTTON"):
    assert name in names, "the keyboard does not reach " + name
b.value("document.querySelector('[name=text]').focus()")
b.loaded(b.key, "Enter", "\r")
assert b.value("location.search") == "?text=a%20fish%20%26%20%22more%22&k=10", b.value("location.href")
assert b.value("document.querySelector('[name=text]').value") == 'a fish & "more"'
hits(10)
b.picture(folder + "/texts.png")

# Pictures, filters and the number; the fields keep what was sent.
b.go(url + "?text=a+picture+of+a+fish&modality=image&k=4&dataset=pics")
hits(4)
assert b.value("[...document.images].length") == 4
assert b.value("document.querySelector('[name=modality]').value") == "image"
b.picture(folder + "/images.png")

# More like the first: the sample itself is shown as what was asked.
b.loaded(b.value, "document.querySelector('figure a').click()")
assert b.value("location.search").startswith("?") and "id=pics%2F" in b.value("location.search")
assert b.value("document.querySelector('[name=id]').value").startswith("pics/")
hits(4)
# Back, as from any page.
b.call("Page.navigateToHistoryEntry", entryId=b.call("Page.getNavigationHistory")["entries"][-2]["id"])
b.until("location.search.includes('modality=image')")

# With a file.
b.go(url)
b.call("DOM.setFileInputFiles", nodeId=b.node("input[type=file]"), files=[os.path.abspath(file)])
b.loaded(b.value, "document.querySelector('button').click()")
assert b.value("document.querySelector('h2').innerText") == os.path.basename(file)
hits(10)
b.picture(folder + "/file.png")

# In a learnt space, explained: each picture has what carried its score drawn over it.
b.go(url + "?text=a+fish&space=seen&modality=image&k=4&dataset=pics&calibrate=fair&explain=true")
hits(4)
for name, value in (("space", "seen"), ("calibrate", "fair"), ("explain", "true")):
    assert b.value("document.querySelector('[name=%s]').value" % name) == value
assert b.value("document.querySelectorAll('figure svg').length") >= 8, "no picture is explained"
b.picture(folder + "/explained.png")

# Sounds play.
b.go(url + "?id=sounds%2Ftone.wav&k=3&dataset=sounds")
assert b.value("document.querySelectorAll('audio').length") == 2
assert b.value(BROKEN) == 0

# A mistake stands on the page, beside the form as it was sent.
b.go(url + "?text=a+fish&where=" + "kind+%3D")
assert "column" in b.value("document.querySelector('.notice').innerText")
assert b.value("document.querySelector('[name=where]').value") == "kind ="
# ... which the log of the browser has as status 400; all else there is trouble.
assert len(b.problems) == 1 and "400" in b.problems[0]["entry"]["text"], b.problems
b.problems.clear()

# A phone, and the dark.
b.go(url + "?text=a+fish&modality=image&k=6")
for width in (320, 360, 412, 768, 1280):
    fits(width)
b.width(360, 740)
b.picture(folder + "/phone.png")
b.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
assert b.value("getComputedStyle(document.body).color") == "rgb(255, 255, 255)", "dark text in the dark"
b.width(1000)
b.picture(folder + "/dark.png")

# Without scripts it is the same: there are none, and none could run.
assert b.value("document.scripts.length") == 0
b.value("(() => { let s = document.createElement('script'); s.text = 'window.ran = 1'; document.body.append(s); })()")
assert b.value("window.ran") is None, "a script ran on the page"
b.problems = [p for p in b.problems if "Content Security Policy" not in str(p)]
assert not b.problems, b.problems
b.close()
print("the page in %s: text, pictures, file, sounds, phone, dark" % os.path.basename(program))
