"""Runs the emulator for `cargo xtask up`: mended where it departs from AWS, quick to answer, its state saved as it goes.

    python -I launcher.py [--faults PROGRAM WORD…]

Reads from its standard input what `up` wants of it: when that ends without the line `stay`, `up` is gone before it was
ready, and so is everything here. Besides what the emulator does by itself it never touches anything outside STATE_DIR and
TMPDIR. It depends on names inside the emulator: when one of them is missing it says so and does not start.
"""

import asyncio
import logging
import os
import signal
import socketserver
import subprocess
import sys
import threading
import time
import urllib.request

VERSION = "1.5.33"
# Saves of a service are this far apart, and so much further that copying takes at most a fortieth of the time.
SAVE_EVERY_SECONDS = 3.0
SAVE_SHARE = 40
# Set by the signal USR1: everything is to be saved now.
AT_ONCE = threading.Event()
# A copy that another thread got in the way of is made again.
COPY_TRIES = 20
# How long the emulator may take from its start until it answers.
MOST_SECONDS_TO_ANSWER = 60


def main():
    words = sys.argv[1:]
    sys.argv = ["ministack"]
    # Listeners on ports of their own that nobody here asked for.
    os.environ.update({"IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0", "LAMBDA_EXECUTOR": "local"})
    try:
        emulator = mended()
    except (ImportError, AttributeError, KeyError, AssertionError) as error:
        # A message, not a trace: `up` shows the end of this log.
        sys.exit(f"launcher: this is not ministack {VERSION} as it is known here: {error!r}")
    signal.signal(signal.SIGUSR1, lambda *_: AT_ONCE.set())
    proxy = start_proxy(words)
    threading.Thread(target=obey, name="obey", daemon=True).start()
    threading.Thread(target=keep_saving, args=(emulator,), name="keep-saving", daemon=True).start()
    try:
        emulator.main()
    finally:
        if proxy is not None:
            proxy.kill()
        end_group()


def end_group():
    """Ends the functions' processes. They are in this process's group, of which it is the first: so it ends too."""
    sys.stdout.flush()
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)


def obey():
    """Until `up` says that all is ready, what happens to it happens to the emulator; and in the foreground, always."""
    for line in sys.stdin:
        if line.strip() == "stay":
            return
    os.kill(os.getpid(), signal.SIGTERM)


def start_proxy(words):
    """The fault proxy, if one is wanted. It ends when its standard input does: with this process, however that ends."""
    if words[:1] != ["--faults"]:
        return None
    return subprocess.Popen(words[1:], stdin=subprocess.PIPE)


def mended():
    """The emulator, mended."""
    import importlib.metadata

    import ministack.app
    import ministack.core.lambda_runtime as runtime
    from ministack.core import persistence

    found = importlib.metadata.version("ministack")
    assert found == VERSION, f"version {found}"

    # A function's answer is small and comes in two pieces: Nagle's wait would hold the second for 40 ms.
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True

    # After each call it waits for the function's log lines; ours go to its standard output at once.
    drain = runtime.Worker._drain_stderr_bounded
    assert len(drain.__defaults__) == 3, "the wait for log lines"
    drain.__defaults__ = (0.002, 0.002, 0.25)

    # What functions say is to be read beside what the emulator says.
    runtime.ProvidedWorker._pump_output = overheard(runtime.ProvidedWorker._pump_output)

    # The last save, at its end, and one that is under way must not write the same file.
    whole, save_all = threading.Lock(), ministack.app.save_all

    def save_all_alone(services):
        with whole:
            save_all(services)

    ministack.app.save_all = save_all_alone
    ministack.app.saving = whole
    assert callable(persistence.save_state) and callable(ministack.app._build_persistence_save_dict)
    from ministack.services import lambda_svc

    assert hasattr(lambda_svc._functions, "_data") and hasattr(lambda_svc._esms, "_data")

    # A line for each of some fifty services, every few seconds.
    logging.getLogger("persistence").setLevel(logging.WARNING)

    mend_resources()
    return ministack.app


def overheard(pump):
    """Passes on what a function says to the log, line by line, with its name."""

    def pump_overheard(worker, stream, *words):
        class Overheard:
            def readline(self):
                line = stream.readline()
                if line:
                    text = line.decode("utf-8", errors="replace") if isinstance(line, bytes) else line
                    print(f"{worker.func_name}: {text.rstrip()}", flush=True)
                return line

            def __getattr__(self, name):
                return getattr(stream, name)

        return pump(worker, Overheard(), *words)

    return pump_overheard


def mend_resources():
    """What CloudFormation makes of three types of resources, as AWS does it."""
    from ministack.services import dynamodb, secretsmanager
    from ministack.services.cloudformation import provisioners

    handlers = provisioners._RESOURCE_HANDLERS
    mend_api(handlers["AWS::ApiGatewayV2::Api"])
    mend_secret(handlers["AWS::SecretsManager::Secret"], secretsmanager._secrets)
    mend_table(handlers["AWS::DynamoDB::Table"], dynamodb._update_ttl)
    # The other type of table that the CDK knows.
    mend_table(handlers["AWS::DynamoDB::GlobalTable"], dynamodb._update_ttl)


def mend_api(handler):
    """`CorsConfiguration` is written `AllowOrigins` in a template, and read as `allowOrigins`."""
    create, update = handler["create"], handler["update"]

    def spelled(props):
        cors = props.get("CorsConfiguration")
        if not cors:
            return props
        return {**props, "CorsConfiguration": {name[:1].lower() + name[1:]: value for name, value in cors.items()}}

    handler["create"] = lambda logical, props, stack: create(logical, spelled(props), stack)
    handler["update"] = lambda physical, old, new, stack, logical=None: update(
        physical, spelled(old), spelled(new), stack, logical
    )


def mend_secret(handler, secrets):
    """`Ref` of a secret is its ARN."""
    create, update, delete = handler["create"], handler["update"], handler["delete"]

    def name_of(physical):
        return next((name for name, secret in secrets.items() if secret["ARN"] == physical), physical)

    def create_by_arn(logical, props, stack):
        _, attributes = create(logical, props, stack)
        return attributes["Arn"], attributes

    def update_by_arn(physical, old, new, stack, logical=None):
        _, attributes = update(name_of(physical), old, new, stack, logical)
        return attributes["Arn"], attributes

    handler["create"] = create_by_arn
    handler["update"] = update_by_arn
    handler["delete"] = lambda physical, props: delete(name_of(physical), props)


def mend_table(handler, update_ttl):
    """`TimeToLiveSpecification` counts."""
    create = handler["create"]
    update = handler.get("update")

    def limit(table, props):
        specification = props.get("TimeToLiveSpecification")
        if specification:
            enabled = str(specification.get("Enabled", False)).lower() == "true"
            name = specification.get("AttributeName")
            update_ttl({"TableName": table, "TimeToLiveSpecification": {"AttributeName": name, "Enabled": enabled}})

    def create_limited(logical, props, stack):
        physical, attributes = create(logical, props, stack)
        limit(physical, props)
        return physical, attributes

    def update_limited(physical, old, new, *words, **named):
        made, attributes = update(physical, old, new, *words, **named)
        limit(made, new)
        return made, attributes

    handler["create"] = create_limited
    if update is not None:
        handler["update"] = update_limited


def keep_saving(emulator):
    """Saves each service's state every few seconds, so that what was there survives any end of this process."""
    if not answers():
        return
    due, functions = {}, None
    while True:
        everything = AT_ONCE.wait(timeout=0.25)
        AT_ONCE.clear()
        # The stacks come last: they must never be remembered with more in them than is there.
        services = sorted(emulator._build_persistence_save_dict().items(), key=lambda pair: pair[0] == "cloudformation")
        for name, get_state in services:
            began = time.monotonic()
            if not everything and began < due.get(name, 0):
                continue
            if name == "lambda":
                # Copying programs takes long, and nothing else would be answered meanwhile. They change when deployed.
                before, functions = functions, programs()
                if before == functions and not everything:
                    continue
            save(emulator, name, get_state)
            took = time.monotonic() - began
            due[name] = began + took + max(SAVE_EVERY_SECONDS, took * SAVE_SHARE)
        if everything:
            # Whoever asked for it looks at the time of this file.
            with open(os.path.join(os.environ["STATE_DIR"], "whole"), "w", encoding="utf-8"):
                pass


def programs():
    """What would be different, were a function or what calls it deployed anew."""
    from ministack.services import lambda_svc

    configs = [(str(key), function.get("config", {})) for key, function in list(lambda_svc._functions._data.items())]
    marks = [(key, config.get("CodeSha256"), config.get("RevisionId"), config.get("LastModified")) for key, config in configs]
    return sorted(marks, key=str), len(lambda_svc._esms._data)


def answers():
    """Waits for the emulator. It answers when it has read its state, and not before: an earlier save would lose it."""
    address = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}/_ministack/health"
    end = time.monotonic() + MOST_SECONDS_TO_ANSWER
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return True
        except OSError:
            time.sleep(0.1)
    return False


def save(emulator, name, get_state):
    """Saves one service's state, as it was at one moment."""
    from ministack.core import persistence

    try:
        state = copied(emulator._MAIN_LOOP, get_state)
    except Exception as error:
        print(f"launcher: {name} was not saved: {error!r}", flush=True)
        return
    if state is not None:
        with emulator.saving:
            persistence.save_state(name, state)


def copied(loop, get_state):
    """A state, copied between two requests: no transaction is cut in half."""

    async def get():
        return get_state()

    for attempt in range(COPY_TRIES):
        try:
            return asyncio.run_coroutine_threadsafe(get(), loop).result(timeout=30)
        except RuntimeError:
            # Another thread changed it under the copy's hands.
            if attempt + 1 == COPY_TRIES:
                raise
            time.sleep(0.02)


if __name__ == "__main__":
    main()
