"""What the suites share: their arguments, the program at the far end, the checks and how they are told, and an ear for
callbacks. Knows no provider."""

import argparse
import base64
import json
import os
import queue
import secrets
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

MOST_SECONDS_PER_ANSWER = 20
MOST_SECONDS_PER_SUITE = 240
CHINA = timezone(timedelta(hours=8))


def watch():
    """A suite that hangs is a suite that failed. The far end ends when its input does."""

    def give_up():
        print(f"FAILED suite: not done after {MOST_SECONDS_PER_SUITE} s", flush=True)
        os._exit(1)

    timer = threading.Timer(MOST_SECONDS_PER_SUITE, give_up)
    timer.daemon = True
    timer.start()


def parse_words(about, **more):
    """The arguments that all suites take, and those named in `more`."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--only", default="", help="checks whose name holds this")
    for name, options in more.items():
        parser.add_argument(f"--{name}", **options)
    return parser.parse_args()


class Checks:
    """Runs named checks and prints a line for each. `contrary`: the far end is wrong on purpose, and each check whose name
    holds `about` has to notice; the others run, as those need them, and say nothing. A crash is no notice: it has to be
    one of the errors that `notices` knows."""

    def __init__(self, only="", contrary=False, about="", notices=lambda error: isinstance(error, AssertionError)):
        self.only = only
        self.contrary = contrary
        self.about = about
        self.notices = notices
        self.failed = 0

    def run(self, name, check):
        if self.only not in name:
            return
        why = None
        try:
            check()
        except Exception as error:  # whatever a check dies of is its result
            why = error
        if not self.contrary:
            self._tell(name, why and (first_line(why)))
        elif self.about not in name:
            return
        elif why is not None and not self.notices(why):
            self._tell(f"notices: {name}", first_line(why))
        else:
            self._tell(f"notices: {name}", None if why else "passed against a far end that is wrong")

    def _tell(self, name, why):
        if why:
            self.failed += 1
        print(f"FAILED {name}: {why}" if why else f"ok {name}", flush=True)


def first_line(error):
    text = " | ".join(line for line in str(error).splitlines() if line.strip())
    return f"{type(error).__name__}: {text[:600]}"


def same(found, expected, what="it"):
    assert found == expected, f"{what}: {found!r} is not {expected!r}"


class Request:
    """What a far end sent to a provider."""

    def __init__(self, send):
        self.method = send["method"]
        self.url = send["url"]
        self.headers = {name.lower(): value for name, value in send["headers"].items()}
        self.body = base64.b64decode(send["body_base64"])
        at = self.url.index("/", self.url.index("://") + 3)
        self.target = self.url[at:]
        self.path, _, self.query = self.target.partition("?")


class Far:
    """The program at the far end: one JSON object a line, a question and an answer in turn (README.md)."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def ask(self, message):
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()
        line = self.lines.get(timeout=MOST_SECONDS_PER_ANSWER)
        if line is None:
            raise RuntimeError(f"the far end ended ({self.process.wait(2)})")
        return json.loads(line)

    def account(self, provider, settings):
        """Gives it a merchant account."""
        same(self.ask({"do": "account", "provider": provider, "settings": settings}), {"ok": True})

    def call(self, provider, call, facts, answer):
        """Lets it call a provider, which `answer` plays: from a Request to (status, headers, body). Returns what it made
        of the answers, and the requests."""
        return self._talk({"do": "call", "provider": provider, "call": call, "with": facts}, answer)

    def hear(self, provider, headers, body, answer=None):
        """Lets it hear a callback. What it asks about it, `answer` answers; without, it may not ask."""

        def refuse(request):
            raise AssertionError(f"it asks about a callback: {request.method} {request.url}")

        bytes_ = base64.b64encode(body).decode()
        question = {"do": "hear", "provider": provider, "headers": headers, "body_base64": bytes_}
        return self._talk(question, answer or refuse)[0]

    def _talk(self, question, answer):
        sent = []
        wrong = None
        said = self.ask(question)
        while "send" in said:
            request = Request(said["send"])
            sent.append(request)
            given = None
            if wrong is None:
                try:
                    given = packed(*answer(request))
                except Exception as error:
                    # A request that the suite does not like gets no answer; the call has to end all the same.
                    wrong = error
            said = self.ask({"answer": given})
        if wrong is not None:
            raise wrong
        return said, sent

    def close(self):
        try:
            self.process.stdin.close()
            self.process.wait(2)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()


def packed(status, headers, body):
    return {"status": status, "headers": headers, "body_base64": base64.b64encode(body).decode()}


class Ear:
    """Hears callbacks on this machine, and acknowledges each with what `acknowledge` says."""

    def __init__(self, port, acknowledge):
        heard = self.heard = []
        self.changed = threading.Condition()
        changed = self.changed

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, text = acknowledge(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
                with changed:
                    heard.append((self.path, dict(self.headers), body))
                    changed.notify_all()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self, read):
        """What `read` makes of the first callback, old or to come, of which it makes something."""
        end = time.monotonic() + MOST_SECONDS_PER_ANSWER
        at = 0
        while True:
            with self.changed:
                if not self.changed.wait_for(lambda: at < len(self.heard), max(0, end - time.monotonic())):
                    raise TimeoutError("no such callback came")
                callback = self.heard[at]
            at += 1
            made = read(*callback)
            if made:
                return made

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def key_pair():
    """An RSA key pair: the private key, its PEM, the public key's PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    public = (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
    return key, private, public


def certificate(key, issuer, issuer_key, subject=None):
    """A certificate of a key, signed by another; without a subject it is the issuer's own. Names are pairs of an OID and a
    text."""

    def named(pairs_):
        return x509.Name([x509.NameAttribute(oid, text) for oid, text in pairs_])

    now = datetime.now(timezone.utc)
    builder = x509.CertificateBuilder().subject_name(named(subject or issuer)).issuer_name(named(issuer))
    # Serials of 40 digits, as WeChat Pay's: the first is no zero.
    builder = builder.serial_number(int("5" + secrets.token_hex(20)[1:], 16)).public_key(key.public_key())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1800))
    return builder.sign(issuer_key, hashes.SHA256())


def pem(made):
    return made.public_bytes(serialization.Encoding.PEM).decode()


def payment_no():
    """A payment number of the form that Till gives."""
    return f"ORD{datetime.now(CHINA):%Y%m%d%H%M%S}{secrets.token_hex(4).upper()}"


def in_china():
    return f"{datetime.now(CHINA):%Y-%m-%d %H:%M:%S}"


def rfc3339():
    return datetime.now(CHINA).isoformat(timespec="seconds")


def one_bit_off(data, at=None):
    """The same bytes with one bit changed."""
    changed = bytearray(data)
    changed[len(data) // 2 if at is None else at] ^= 1
    return bytes(changed)


def pairs(text):
    """A form's or a query's parameters. One that is there twice is an error."""
    listed = parse_qsl(text, keep_blank_values=True)
    found = dict(listed)
    same(len(found), len(listed), "parameters, each once")
    return found


def eventually(look):
    """What `look` finds, as soon as it finds something."""
    end = time.monotonic() + MOST_SECONDS_PER_ANSWER
    while time.monotonic() < end:
        found = look()
        if found is not None:
            return found
        time.sleep(0.2)
    raise TimeoutError(f"it did not come to that within {MOST_SECONDS_PER_ANSWER} s")


def finish(checks):
    sys.exit(1 if checks.failed else 0)
