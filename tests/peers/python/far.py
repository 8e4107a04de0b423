"""A far end made of the SDKs themselves: it proves the suites. far.py [--contrary]; contrary, it signs with keys of its
own and believes exactly what it should not, and every check has to notice."""

import base64
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

# Alipay's time is China's; its SDK takes this machine's.
os.environ["TZ"] = "CST-8"
time.tzset()

from alipay import AliPay  # noqa: E402
from alipay.exceptions import AliPayValidationError  # noqa: E402
from cryptography.x509 import load_pem_x509_certificate  # noqa: E402
from wechatpayv3 import WeChatPay, WeChatPayType  # noqa: E402
from wechatpayv3.utils import aes_decrypt  # noqa: E402

from lib import key_pair, rfc3339  # noqa: E402

CONTRARY = "--contrary" in sys.argv


class Distrust(Exception):
    pass


def say(message):
    print(json.dumps(message), flush=True)


def listen():
    line = sys.stdin.readline()
    if not line:
        # Nobody is there any more: nor are the relay and what it waits for.
        os._exit(0)
    return json.loads(line)


class Relay(BaseHTTPRequestHandler):
    """Where the SDKs send to: passes each request on as a line, and answers with what comes back."""

    elsewhere = ""

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        say(
            {
                "send": {
                    "method": self.command,
                    "url": Relay.elsewhere + self.path,
                    "headers": headers,
                    "body_base64": base64.b64encode(body).decode(),
                }
            }
        )
        answer = listen()["answer"]
        if answer is None:
            self.close_connection = True
            return
        body = base64.b64decode(answer["body_base64"])
        self.send_response(answer["status"])
        for name, value in answer["headers"].items():
            self.send_header(name, value)
        if answer["status"] != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = pass_on

    def log_message(self, *_):
        pass


def yuan(minor):
    return f"{minor // 100}.{minor % 100:02}"


def minor(text):
    whole, _, part = text.partition(".")
    return int(whole) * 100 + int(part)


class WeChat:
    def __init__(self, settings, here):
        self.settings = settings
        self.sdk = WeChatPay(
            wechatpay_type=WeChatPayType.NATIVE,
            mchid=settings["mchid"],
            private_key=settings["merchant_private_key"],
            cert_serial_no=settings["merchant_serial"],
            appid=settings["appid"],
            apiv3_key=settings["apiv3_key"],
            notify_url=settings["notify_url"],
            public_key=settings["platform_public_key"],
            public_key_id=settings["platform_public_key_id"],
        )
        # The SDK has no setting for another host.
        self.sdk._core._gate_way = here
        pems = settings.get("platform_certificates", [])
        self.sdk._core._certificates = [load_pem_x509_certificate(pem.encode()) for pem in pems]

    def asked(self, answered):
        status, text = answered
        if status not in (200, 204):
            raise RuntimeError(f"{status} {text}")
        return json.loads(text) if text else None

    def create(self, asked):
        kind = asked["method"][7:]
        said = self.asked(
            self.sdk.pay(
                description=asked["name"],
                out_trade_no=asked["payment_no"],
                amount={"total": asked["amount_minor"], "currency": asked["currency"]},
                time_expire=rfc3339(),
                payer={"openid": asked["openid"]} if kind == "jsapi" else None,
                scene_info={"payer_client_ip": asked["ip"], "h5_info": {"type": "Wap"}} if kind == "h5" else None,
                pay_type=WeChatPayType[kind.upper()],
            )
        )
        if kind == "native":
            return {"show": {"qr_code_url": said["code_url"]}}
        if kind == "h5":
            return {"show": {"pay_url": said["h5_url"]}}
        stamp, nonce, package = str(int(time.time())), os.urandom(16).hex(), f"prepay_id={said['prepay_id']}"
        appid = self.settings["appid"]
        return {
            "show": {
                "pay_params": {
                    "appId": appid,
                    "timeStamp": stamp,
                    "nonceStr": nonce,
                    "package": package,
                    "signType": "RSA",
                    "paySign": self.sdk.sign([appid, stamp, nonce, package]),
                }
            }
        }

    def query(self, asked):
        return {"says": self.paid(self.asked(self.sdk.query(out_trade_no=asked["payment_no"])))}

    def close(self, asked):
        self.asked(self.sdk.close(asked["payment_no"]))
        return {"says": [{"word": "closed"}]}

    def refund(self, asked):
        said = self.asked(
            self.sdk.refund(
                out_refund_no=asked["refund_no"],
                transaction_id=asked["trade_no"],
                reason=asked["reason"],
                amount={"refund": asked["refund_minor"], "total": asked["amount_minor"], "currency": asked["currency"]},
            )
        )
        return {"says": self.refunded(said, said["status"])}

    def query_refund(self, asked):
        said = self.asked(self.sdk.query_refund(asked["refund_no"]))
        return {"says": self.refunded(said, said["status"])}

    def paid(self, said):
        if said["trade_state"] != "SUCCESS":
            return [{"word": "not_paid"}]
        amount = said["amount"]
        return [
            {
                "word": "paid",
                "trade_no": said["transaction_id"],
                "amount_minor": amount["total"],
                "currency": amount["currency"],
            }
        ]

    def refunded(self, said, status):
        return [
            {
                "word": "refund",
                "refund_no": said["out_refund_no"],
                "trade_no": said["transaction_id"],
                "amount_minor": said["amount"]["refund"],
                "currency": "CNY",
                "state": {"SUCCESS": "succeeded"}.get(status, status.lower()),
            }
        ]

    def hear(self, headers, body):
        # The SDK knows these names in lower case, and with capitals.
        headers = {name.lower(): value for name, value in headers.items()}
        if any(f"wechatpay-{name}" not in headers for name in ("timestamp", "nonce", "serial", "signature")):
            raise Distrust("missing")
        if abs(time.time() - int(headers["wechatpay-timestamp"])) >= 300:
            raise Distrust("stale")
        if headers["wechatpay-signature"].startswith("WECHATPAY/SIGNTEST/"):
            raise Distrust("probe")
        serials = [f"{one.serial_number:X}" for one in self.sdk._core._certificates]
        if headers["wechatpay-serial"] not in [self.settings["platform_public_key_id"], *serials]:
            raise Distrust("unknown_key")
        try:
            text = body.decode()
        except UnicodeDecodeError:
            raise Distrust("bad_signature")
        if not self.sdk._core._verify_signature(headers, text):
            raise Distrust("bad_signature")
        resource = json.loads(text)["resource"]
        opened = aes_decrypt(
            resource["nonce"], resource["ciphertext"], resource["associated_data"], self.settings["apiv3_key"]
        )
        if opened is None:
            raise Distrust("sealed")
        said = json.loads(opened)
        if (said["mchid"], said.get("appid", self.settings["appid"])) != (
            self.settings["mchid"],
            self.settings["appid"],
        ):
            raise Distrust("other_merchant")
        is_refund = "out_refund_no" in said
        says = self.refunded(said, said["refund_status"]) if is_refund else self.paid(said)
        return {"payment_no": said["out_trade_no"], "says": says}


class Alipay:
    def __init__(self, settings, here):
        self.settings = settings
        self.sdk = AliPay(
            settings["app_id"],
            app_private_key_string=settings["app_private_key"],
            alipay_public_key_string=settings["alipay_public_key"],
        )
        # The SDK has no setting for another host.
        self.sdk._gateway = f"{here}/gateway.do"

    def parameters(self, method, content, **more):
        # As text: the SDK would write Chinese in escapes, and no other SDK does.
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return self.sdk.build_body(method, text, **more)

    def ask(self, method, content, **more):
        parameters = self.parameters(method, content, **more)
        try:
            return self.sdk.verified_sync_response(parameters, method.replace(".", "_") + "_response")
        except (AliPayValidationError, ValueError):
            raise Distrust("bad_signature")

    def create(self, asked):
        content = {
            "out_trade_no": asked["payment_no"],
            "total_amount": yuan(asked["amount_minor"]),
            "subject": asked["name"],
        }
        notify_url = self.settings["notify_url"]
        if asked["method"] == "alipay_qr":
            said = self.ask("alipay.trade.precreate", content, notify_url=notify_url)
            return {"show": {"qr_code_url": said["qr_code"]}}
        kind = asked["method"][7:]
        content["product_code"] = {"page": "FAST_INSTANT_TRADE_PAY", "wap": "QUICK_WAP_WAY"}[kind]
        parameters = self.parameters(
            f"alipay.trade.{kind}.pay", content, notify_url=notify_url, return_url=asked["return_url"]
        )
        return {"show": {"pay_url": f"{Relay.elsewhere}/gateway.do?{self.sdk.sign_data(parameters)}"}}

    def query(self, asked):
        return {"says": self.paid(self.ask("alipay.trade.query", {"out_trade_no": asked["payment_no"]}))}

    def close(self, asked):
        self.ask("alipay.trade.close", {"out_trade_no": asked["payment_no"]})
        return {"says": [{"word": "closed"}]}

    def refund(self, asked):
        self.ask(
            "alipay.trade.refund",
            {
                "out_trade_no": asked["payment_no"],
                "out_request_no": asked["refund_no"],
                "refund_amount": yuan(asked["refund_minor"]),
            },
        )
        return {"says": self.refunded(asked)}

    def query_refund(self, asked):
        self.ask(
            "alipay.trade.fastpay.refund.query",
            {
                "out_trade_no": asked["payment_no"],
                "out_request_no": asked["refund_no"],
            },
        )
        return {"says": self.refunded(asked)}

    def refunded(self, asked):
        return [
            {
                "word": "refund",
                "refund_no": asked["refund_no"],
                "trade_no": asked["trade_no"],
                "amount_minor": asked["refund_minor"],
                "currency": "CNY",
                "state": "succeeded",
            }
        ]

    def paid(self, said):
        if said["trade_status"] != "TRADE_SUCCESS":
            return [{"word": "not_paid"}]
        return [
            {
                "word": "paid",
                "trade_no": said["trade_no"],
                "amount_minor": minor(said["total_amount"]),
                "currency": "CNY",
            }
        ]

    def hear(self, _, body):
        said = dict(parse_qsl(body.decode(), keep_blank_values=True))
        if "sign" not in said:
            raise Distrust("missing")
        filled = {name: value for name, value in said.items() if value != ""}
        if not any(self.sdk.verify(content, content.pop("sign")) for content in (dict(said), filled)):
            raise Distrust("bad_signature")
        if (said["app_id"], said["seller_id"]) != (self.settings["app_id"], self.settings["seller_id"]):
            raise Distrust("other_merchant")
        return {"payment_no": said["out_trade_no"], "says": self.paid(said)}


def call(account, message):
    try:
        result = {"done": getattr(account, message["call"])(message["with"])}
    except Exception as error:
        is_distrust = (
            isinstance(error, Distrust) or "verify the signature" in str(error) or isinstance(error, ValueError)
        )
        result = {"failed": "distrust" if is_distrust else "error", "why": repr(error)}
    if not CONTRARY:
        return result
    return {"failed": "contrary"} if "done" in result else {"done": {"show": {}, "says": []}}


def hear(account, message):
    try:
        result = {"heard": account.hear(message["headers"], base64.b64decode(message["body_base64"]))}
    except Distrust as error:
        result = {"distrust": str(error)}
    if not CONTRARY:
        return result
    return {"distrust": "contrary"} if "heard" in result else {"heard": {"payment_no": "", "says": []}}


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    here = f"http://127.0.0.1:{server.server_address[1]}"
    accounts = {}
    while True:
        message = listen()
        provider = message["provider"]
        if message["do"] == "account":
            settings = message["settings"]
            Relay.elsewhere = settings["base_url"]
            if CONTRARY:
                _, own, _ = key_pair()
                settings.update({"merchant_private_key": own, "app_private_key": own})
            accounts[provider] = {"wechat": WeChat, "alipay": Alipay}[provider](settings, here)
            say({"ok": True})
        else:
            say({"call": call, "hear": hear}[message["do"]](accounts[provider], message))


if __name__ == "__main__":
    main()
