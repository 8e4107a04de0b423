"""POST /wechat/callback: verifies and decrypts, marks the order as paid, once, and sends a message to those who deliver."""

import json
import logging
import time

from botocore.exceptions import ClientError

import shop

logging.getLogger().setLevel(logging.INFO)


def handler(event, context):
    text = shop.merchant().decrypt_callback(event["headers"], event["body"])
    if not text:
        return shop.answer(401, {"code": "FAIL", "message": "bad signature"})
    trade = json.loads(text)
    if trade["trade_state"] != "SUCCESS":
        return shop.answer(200, {"code": "SUCCESS"})
    number, amount = trade["out_trade_no"], trade["amount"]["total"]
    try:
        shop.dynamodb.update_item(
            TableName=shop.TABLE,
            Key={"pk": {"S": f"ORDER#{number}"}, "sk": {"S": "ORDER"}},
            UpdateExpression="SET #status = :paid, trade_no = :trade, paid_at = :now",
            ConditionExpression="amount = :amount AND (#status = :pending OR trade_no = :trade)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":paid": {"S": "paid"},
                ":pending": {"S": "pending"},
                ":trade": {"S": trade["transaction_id"]},
                ":now": {"N": str(int(time.time()))},
                ":amount": {"N": str(amount)},
            },
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        logging.error("a payment of %s fits no order: %s", amount, number)
        return shop.answer(500, {"code": "FAIL", "message": "unknown order"})
    shop.sqs.send_message(QueueUrl=shop.QUEUE, MessageBody=json.dumps({"task": "grant", "order_no": number}))
    logging.info("paid %s", number)
    return shop.answer(200, {"code": "SUCCESS"})
