"""What both functions share: clients, secrets, the merchant account. Clients are made once, while the process starts."""

import base64
import hashlib
import hmac
import json
import os
import time

import boto3
from wechatpayv3 import WeChatPay, WeChatPayType

TABLE = os.environ["TABLE_NAME"]
QUEUE = os.environ["QUEUE_URL"]

dynamodb = boto3.client("dynamodb")
secretsmanager = boto3.client("secretsmanager")
sqs = boto3.client("sqs")

_secrets = {}
_merchant = None


def secret(name):
    if name not in _secrets:
        text = secretsmanager.get_secret_value(SecretId=os.environ[name])["SecretString"]
        _secrets[name] = json.loads(text)
    return _secrets[name]


def merchant():
    """The SDK of WeChat Pay, at the address of the environment."""
    global _merchant
    if _merchant is None:
        keys = secret("ACCOUNT_SECRET")
        _merchant = WeChatPay(
            wechatpay_type=WeChatPayType.NATIVE,
            mchid=keys["mchid"],
            private_key=keys["merchant_private_key"],
            cert_serial_no=keys["merchant_serial"],
            appid=keys["appid"],
            apiv3_key=keys["apiv3_key"],
            notify_url=os.environ["NOTIFY_URL"],
            public_key=keys["platform_public_key"],
            public_key_id=keys["platform_public_key_id"],
            timeout=(3, 10),
        )
        # The SDK has no setting for another host than WeChat's own.
        _merchant._core._gate_way = os.environ["WECHAT_URL"]
    return _merchant


def user_of(headers):
    """The user of a token that is signed with HS256 and has not ended; None for any other."""
    word, _, token = headers.get("authorization", "").partition(" ")
    parts = token.split(".")
    if word.lower() != "bearer" or len(parts) != 3:
        return None
    try:
        head, claims, signature = (json.loads(_bytes(parts[0])), json.loads(_bytes(parts[1])), _bytes(parts[2]))
    except ValueError:
        return None
    key = secret("BEARER_SECRET")["bearer"].encode()
    expected = hmac.new(key, f"{parts[0]}.{parts[1]}".encode(), hashlib.sha256).digest()
    if head.get("alg") != "HS256" or not hmac.compare_digest(expected, signature):
        return None
    return claims.get("sub") if claims.get("exp", 0) > time.time() else None


def _bytes(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def answer(status, body):
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
