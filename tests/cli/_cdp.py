"""A headless Chromium, driven over a pipe (Chrome DevTools Protocol). Standard library only."""
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find():
    """The program; None: there is none."""
    return os.environ.get("CHROMIUM") or next((p for p in map(shutil.which, NAMES) if p), None)


class Browser:
    """One page. `problems` gathers what the console and the log tell."""

    def __init__(self, program):
        self.home = tempfile.mkdtemp()
        ask_read, self.ask = os.pipe()
        self.told, tell_write = os.pipe()

        def pipes():  # the browser reads from 3 and writes to 4
            a, b = os.dup(ask_read), os.dup(tell_write)
            os.dup2(a, 3)
            os.dup2(b, 4)

        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe",
             "--user-data-dir=" + self.home, "about:blank"],
            preexec_fn=pipes, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(ask_read)
        os.close(tell_write)
        self.waiting, self.number, self.session, self.events, self.problems = b"", 0, None, [], []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "DOM"):
            self.call(domain + ".enable")

    def read(self):
        while b"\0" not in self.waiting:
            if not select.select([self.told], [], [], 30)[0]:
                raise TimeoutError("the browser says nothing")
            piece = os.read(self.told, 1 << 20)
            if not piece:
                raise EOFError("the browser has ended")
            self.waiting += piece
        message, self.waiting = self.waiting.split(b"\0", 1)
        message = json.loads(message)
        if message.get("method") in ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
            self.problems.append(message["params"])
        elif "method" in message:
            self.events.append(message["method"])
        return message

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.ask, json.dumps(message).encode() + b"\0")
        while (answer := self.read()).get("id") != self.number:
            pass
        if "error" in answer:
            raise RuntimeError("%s: %s" % (method, answer["error"]))
        return answer["result"]

    def loaded(self, act, *arguments, **named):
        """Do what loads another page, and wait for it."""
        self.events.clear()
        act(*arguments, **named)
        while "Page.loadEventFired" not in self.events:
            self.read()

    def go(self, url):
        self.loaded(self.call, "Page.navigate", url=url)

    def value(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def until(self, expression):
        for _ in range(300):
            if self.value(expression):
                return
            time.sleep(0.1)
        raise AssertionError("never: " + expression)

    def node(self, selector):
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        found = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        assert found, "no " + selector
        return found

    def key(self, name, text=None):
        code = {"Tab": 9, "Enter": 13}[name]
        both = {"key": name, "code": name, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", **both, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **both)

    def write(self, text):
        self.call("Input.insertText", text=text)

    def width(self, pixels, height=900):
        self.call("Emulation.setDeviceMetricsOverride", width=pixels, height=height, deviceScaleFactor=1,
                  mobile=pixels < 600)

    def picture(self, path):
        import base64
        with open(path, "wb") as f:
            f.write(base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]))

    def close(self):
        self.process.terminate()
        self.process.wait()
        os.close(self.ask)
        os.close(self.told)
        shutil.rmtree(self.home, ignore_errors=True)
