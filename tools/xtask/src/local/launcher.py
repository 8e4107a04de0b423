"""Runs the emulator for `cargo xtask up`: corrects it where it differs from AWS, and saves its state while it runs.

    python -I launcher.py [--proxy PROGRAM WORD…]

When the standard input ends without the line `stay`, `up` has ended before all was ready, and the emulator ends too. Apart
from what the emulator itself does, only files in STATE_DIR and TMPDIR are touched. The launcher depends on names inside the
emulator: when one of them is missing it says so and does not start.
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
# A service is saved at this interval, or at a longer one, so that saving takes at most a fortieth of the time.
SAVE_EVERY_SECONDS = 3.0
SAVE_SHARE = 40
# The signal USR1 sets this: everything has to be saved now.
SAVE_NOW = threading.Event()
# A copy fails when another thread changes the state meanwhile; it is then made again.
COPY_TRIES = 20
# The emulator must answer within this time after its start.
ANSWER_TIMEOUT_SECONDS = 60


def main():
    words = sys.argv[1:]
    sys.argv = ["ministack"]
    # The emulator would open ports for these services, which are not used here.
    os.environ.update({"IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0", "LAMBDA_EXECUTOR": "local"})
    try:
        emulator = patched()
    except (ImportError, AttributeError, KeyError, AssertionError) as error:
        # `up` shows the end of this log, so that a message is better than a stack trace.
        sys.exit(f"launcher: this is not ministack {VERSION} as the launcher expects it: {error!r}")
    signal.signal(signal.SIGUSR1, lambda *_: SAVE_NOW.set())
    proxy = start_proxy(words)
    if proxy is not None:
        tell_sessions(proxy)
    threading.Thread(target=watch_input, name="watch-input", daemon=True).start()
    threading.Thread(target=keep_saving, args=(emulator,), name="keep-saving", daemon=True).start()
    try:
        emulator.main()
    finally:
        if proxy is not None:
            proxy.kill()
        end_group()


def end_group():
    """Kills the process group, which consists of this process and the functions."""
    sys.stdout.flush()
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)


def watch_input():
    """Ends the emulator when `up` ends, unless `up` has written `stay`."""
    for line in sys.stdin:
        if line.strip() == "stay":
            return
    os.kill(os.getpid(), signal.SIGTERM)


def start_proxy(words):
    """Starts the proxy, if one is requested. It ends when its standard input ends, which is with this process."""
    if words[:1] != ["--proxy"]:
        return None
    return subprocess.Popen(words[1:], stdin=subprocess.PIPE)


def tell_sessions(proxy):
    """Tells the proxy which role each session has: a line with its access key and its ARN, before the function starts."""
    from ministack.services import sts

    register, writing = sts.register_session, threading.Lock()

    def register_and_tell(access_key, session):
        register(access_key, session)
        with writing:
            proxy.stdin.write(f"{access_key} {session['Arn']}\n".encode())
            proxy.stdin.flush()

    sts.register_session = register_and_tell


def patched():
    """Returns the emulator with all corrections."""
    import importlib.metadata

    import ministack.app
    import ministack.core.lambda_runtime as runtime
    from ministack.core import persistence

    found = importlib.metadata.version("ministack")
    assert found == VERSION, f"version {found}"

    # The answer of a function is sent in two small pieces; with Nagle's algorithm the second would wait for 40 ms.
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True

    # After each call the emulator waits for log lines on the standard error; our functions log to the standard output.
    drain = runtime.Worker._drain_stderr_bounded
    assert len(drain.__defaults__) == 3, "the wait for log lines"
    drain.__defaults__ = (0.002, 0.002, 0.25)

    # The log of the emulator has the output of the functions too.
    runtime.ProvidedWorker._pump_output = logged(runtime.ProvidedWorker._pump_output)

    # The emulator saves once more when it ends, and must not write a file that is being written.
    whole, save_all = threading.Lock(), ministack.app.save_all

    def save_all_alone(services):
        with whole:
            save_all(services)

    ministack.app.save_all = save_all_alone
    ministack.app.saving = whole
    assert callable(persistence.save_state) and callable(ministack.app._build_persistence_save_dict)
    from ministack.services import lambda_svc, sts

    assert callable(sts.register_session)
    assert hasattr(lambda_svc._functions, "_data") and hasattr(lambda_svc._esms, "_data")

    # At a lower level it logs a line for each of some fifty services, every few seconds.
    logging.getLogger("persistence").setLevel(logging.WARNING)

    patch_conditions()
    patch_resources()
    return ministack.app


def patch_conditions():
    """Leaves the condition on DynamoDB's leading keys, which the emulator does not know, to the proxy."""
    from ministack.core import iam_evaluator

    met = iam_evaluator._conditions_met

    def others_met(conditions, context):
        others = {
            operator: {name: values for name, values in keys.items() if name.lower() != "dynamodb:leadingkeys"}
            for operator, keys in (conditions or {}).items()
        }
        return met(others, context)

    iam_evaluator._conditions_met = others_met


def logged(pump):
    """Also prints each line of a function's output, after the name of the function."""

    def pump_logged(worker, stream, *words):
        class Logged:
            def readline(self):
                line = stream.readline()
                if line:
                    text = line.decode("utf-8", errors="replace") if isinstance(line, bytes) else line
                    print(f"{worker.func_name}: {text.rstrip()}", flush=True)
                return line

            def __getattr__(self, name):
                return getattr(stream, name)

        return pump(worker, Logged(), *words)

    return pump_logged


def patch_resources():
    """Makes CloudFormation handle three types of resources as AWS does."""
    from ministack.services import dynamodb, secretsmanager
    from ministack.services.cloudformation import provisioners

    handlers = provisioners._RESOURCE_HANDLERS
    patch_api(handlers["AWS::ApiGatewayV2::Api"])
    patch_secret(handlers["AWS::SecretsManager::Secret"], secretsmanager._secrets)
    patch_table(handlers["AWS::DynamoDB::Table"], dynamodb._update_ttl)
    # The CDK has two types of tables.
    patch_table(handlers["AWS::DynamoDB::GlobalTable"], dynamodb._update_ttl)


def patch_api(handler):
    """Templates have `AllowOrigins` in `CorsConfiguration`, but the emulator reads `allowOrigins`."""
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


def patch_secret(handler, secrets):
    """Makes `Ref` of a secret its ARN."""
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


def patch_table(handler, update_ttl):
    """Makes `TimeToLiveSpecification` take effect."""
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
    """Saves the state of each service every few seconds, so that it survives a crash of this process."""
    if not answers():
        return
    due, functions = {}, None
    while True:
        everything = SAVE_NOW.wait(timeout=0.25)
        SAVE_NOW.clear()
        # The stacks come last, so that a saved stack never has a resource that is not saved.
        services = sorted(emulator._build_persistence_save_dict().items(), key=lambda pair: pair[0] == "cloudformation")
        for name, get_state in services:
            began = time.monotonic()
            if not everything and began < due.get(name, 0):
                continue
            if name == "lambda":
                # Copying the programs takes long and blocks all answers. They change only when they are deployed.
                before, functions = functions, programs()
                if before == functions and not everything:
                    continue
            save(emulator, name, get_state)
            took = time.monotonic() - began
            due[name] = began + took + max(SAVE_EVERY_SECONDS, took * SAVE_SHARE)
        if everything:
            # `up` waits until this file is written.
            with open(os.path.join(os.environ["STATE_DIR"], "whole"), "w", encoding="utf-8"):
                pass


def programs():
    """Returns values that change when a function or its triggers are deployed."""
    from ministack.services import lambda_svc

    configs = [(str(key), function.get("config", {})) for key, function in list(lambda_svc._functions._data.items())]
    marks = [(key, config.get("CodeSha256"), config.get("RevisionId"), config.get("LastModified")) for key, config in configs]
    return sorted(marks, key=str), len(lambda_svc._esms._data)


def answers():
    """Waits until the emulator answers. It has read its state then; an earlier save would overwrite that with nothing."""
    address = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}/_ministack/health"
    end = time.monotonic() + ANSWER_TIMEOUT_SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return True
        except OSError:
            time.sleep(0.1)
    return False


def save(emulator, name, get_state):
    """Saves a consistent state of one service."""
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
    """Copies a state between two requests, so that no transaction is half in it."""

    async def get():
        return get_state()

    for attempt in range(COPY_TRIES):
        try:
            return asyncio.run_coroutine_threadsafe(get(), loop).result(timeout=30)
        except RuntimeError:
            # Another thread changed the state during the copy.
            if attempt + 1 == COPY_TRIES:
                raise
            time.sleep(0.02)


if __name__ == "__main__":
    main()
