"""POST /create-order: opens a trade at WeChat Pay, then writes the order, once."""

import json
import logging
import secrets
import time

import shop

logging.getLogger().setLevel(logging.INFO)


def handler(event, context):
    user = shop.user_of(event["headers"])
    if user is None:
        return shop.answer(401, {"error": "unauthorized"})
    wish = json.loads(event["body"])
    product = shop.dynamodb.get_item(
        TableName=shop.TABLE,
        Key={"pk": {"S": "PRODUCT"}, "sk": {"S": f"{wish['product_type']}#{wish['product_id']}"}},
    ).get("Item")
    if product is None:
        return shop.answer(404, {"error": "no_such_product"})
    number = time.strftime("PEER%Y%m%d%H%M%S") + secrets.token_hex(4).upper()
    price = int(product["price"]["N"])
    status, text = shop.merchant().pay(
        description=product["name"]["S"], out_trade_no=number, amount={"total": price, "currency": "CNY"}
    )
    if status != 200:
        logging.error("WeChat Pay answered %s: %s", status, text)
        return shop.answer(502, {"error": "provider_error"})
    now = int(time.time())
    shop.dynamodb.put_item(
        TableName=shop.TABLE,
        Item={
            "pk": {"S": f"ORDER#{number}"},
            "sk": {"S": "ORDER"},
            "u": {"S": user},
            "status": {"S": "pending"},
            "product": product["sk"],
            "amount": {"N": str(price)},
            "created_at": {"N": str(now)},
            "expire_at": {"N": str(now + 1800)},
        },
        ConditionExpression="attribute_not_exists(pk)",
    )
    logging.info("created %s for %s", number, user)
    return shop.answer(200, {"order_no": number, "qr_code_url": json.loads(text)["code_url"]})
