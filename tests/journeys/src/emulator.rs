//! Direct access to the emulator's services, for what a journey cannot see or do from outside: it makes an order older here, and
//! calls a function that otherwise runs once a minute.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::http::send;
use crate::stack::Stack;
use crate::{LEFT_OUT, Outcome, ensure};

#[derive(Clone, Debug)]
pub struct Emulator {
    stack: Stack,
}

impl Emulator {
    /// For a stage on AWS each of its calls fails.
    pub fn of(stack: &Stack) -> Self {
        Self { stack: stack.clone() }
    }

    /// A secret of the stage `dev`, as JSON.
    pub async fn secret(&self, name: &str) -> Outcome<Value> {
        let id = json!({"SecretId": format!("till/dev/{name}")});
        let answer = self.call("secretsmanager", "secretsmanager.GetSecretValue", "1.1", &id).await?;
        let text = answer["SecretString"].as_str().ok_or_else(|| format!("the secret {name} holds nothing"))?;
        serde_json::from_str(text).map_err(|error| format!("the secret {name}: {error}"))
    }

    /// Gives a secret of the stage `dev` another value, and makes the secret where it is not there.
    pub async fn put_secret(&self, name: &str, value: &str) -> Outcome {
        let id = format!("till/dev/{name}");
        let made = json!({"Name": id, "SecretString": value});
        if self.call("secretsmanager", "secretsmanager.CreateSecret", "1.1", &made).await.is_ok() {
            return Ok(());
        }
        let put = json!({"SecretId": id, "SecretString": value});
        self.call("secretsmanager", "secretsmanager.PutSecretValue", "1.1", &put).await.map(|_| ())
    }

    /// The environment variables of a function.
    pub async fn variables(&self, function: &str) -> Outcome<Value> {
        let configuration = self.configuration(function, "GET", &[]).await?;
        Ok(configuration["Environment"]["Variables"].clone())
    }

    /// Starts a function anew, with these environment variables.
    pub async fn set_variables(&self, function: &str, variables: &Value) -> Outcome {
        let wanted = json!({"Environment": {"Variables": variables}}).to_string();
        self.configuration(function, "PUT", wanted.as_bytes()).await.map(|_| ())
    }

    async fn configuration(&self, function: &str, method: &str, body: &[u8]) -> Outcome<Value> {
        let (endpoint, name) = (self.url()?, self.stack.function(function)?);
        let url = format!("{endpoint}/2015-03-31/functions/{name}/configuration");
        send(method, &url, &[("authorization", &credential("lambda"))], body).await?.expect(200)?.json()
    }

    /// Ends the value of a secret before the current one.
    pub async fn revoke_previous(&self, name: &str) -> Outcome {
        let id = format!("till/dev/{name}");
        let wanted = json!({"SecretId": id, "VersionStage": "AWSPREVIOUS"});
        let found = self.call("secretsmanager", "secretsmanager.GetSecretValue", "1.1", &wanted).await?;
        let wanted = json!({"SecretId": id, "VersionStage": "AWSPREVIOUS", "RemoveFromVersionId": found["VersionId"]});
        self.call("secretsmanager", "secretsmanager.UpdateSecretVersionStage", "1.1", &wanted).await.map(drop)
    }

    /// An item of the table, as DynamoDB writes it.
    pub async fn item(&self, pk: &str, sk: &str) -> Outcome<Option<Value>> {
        let wanted = json!({
            "TableName": self.stack.output("table_name")?,
            "Key": {"pk": {"S": pk}, "sk": {"S": sk}},
            "ConsistentRead": true,
        });
        let answer = self.table("GetItem", &wanted).await?;
        Ok(answer.get("Item").cloned())
    }

    pub async fn items(&self, pk: &str) -> Outcome<Vec<Value>> {
        let wanted = json!({
            "TableName": self.stack.output("table_name")?,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
            "ConsistentRead": true,
        });
        let answer = self.table("Query", &wanted).await?;
        Ok(answer["Items"].as_array().cloned().unwrap_or_default())
    }

    /// Every item of the table.
    pub async fn all_items(&self) -> Outcome<Vec<Value>> {
        let mut all = Vec::new();
        let mut wanted = json!({"TableName": self.stack.output("table_name")?, "ConsistentRead": true});
        loop {
            let answer = self.table("Scan", &wanted).await?;
            all.extend(answer["Items"].as_array().cloned().unwrap_or_default());
            match answer.get("LastEvaluatedKey").filter(|key| !key.is_null()) {
                Some(key) => wanted["ExclusiveStartKey"] = key.clone(),
                None => return Ok(all),
            }
        }
    }

    pub async fn put(&self, item: &Value) -> Outcome {
        let wanted = json!({"TableName": self.stack.output("table_name")?, "Item": item});
        self.table("PutItem", &wanted).await.map(|_| ())
    }

    pub async fn put_all(&self, items: &[Value]) -> Outcome {
        self.write_all(items.iter().map(|item| json!({"PutRequest": {"Item": item}})).collect()).await
    }

    pub async fn delete_all(&self, items: &[Value]) -> Outcome {
        let key = |item: &Value| json!({"pk": item["pk"], "sk": item["sk"]});
        self.write_all(items.iter().map(|item| json!({"DeleteRequest": {"Key": key(item)}})).collect()).await
    }

    async fn write_all(&self, requests: Vec<Value>) -> Outcome {
        let table = self.stack.output("table_name")?;
        // DynamoDB takes so many at once.
        for part in requests.chunks(25) {
            let answer = self.table("BatchWriteItem", &json!({"RequestItems": {table: part}})).await?;
            let left = answer["UnprocessedItems"].as_object().is_some_and(|left| !left.is_empty());
            ensure(!left, || "the table did not take all items".to_owned())?;
        }
        Ok(())
    }

    pub async fn delete(&self, pk: &str, sk: &str) -> Outcome {
        let key = json!({"pk": {"S": pk}, "sk": {"S": sk}});
        let wanted = json!({"TableName": self.stack.output("table_name")?, "Key": key});
        self.table("DeleteItem", &wanted).await.map(|_| ())
    }

    /// Moves all times of an order into the past, as one more write of it.
    pub async fn age(&self, order_no: &str, seconds: i64) -> Outcome {
        let item = self.item(&format!("ORDER#{order_no}"), "ORDER").await?;
        let item = item.ok_or_else(|| format!("there is no order {order_no} to age"))?;
        self.put(&aged(item, seconds)).await
    }

    /// Moves these numbers of an item into the past, if the item has them.
    pub async fn age_item(&self, pk: &str, sk: &str, numbers: &[String], seconds: i64) -> Outcome {
        let item = self.item(pk, sk).await?;
        let mut item = item.ok_or_else(|| format!("there is no item {pk} {sk} to age"))?;
        for number in numbers {
            shift(item.pointer_mut(number), -seconds);
        }
        self.put(&item).await
    }

    pub fn url(&self) -> Outcome<&str> {
        if self.stack.is_deployed() {
            return Err(format!(
                "{LEFT_OUT}it reads, changes or starts something directly, which the emulator alone allows"
            ));
        }
        self.stack.output("endpoint_url")
    }

    async fn table(&self, call: &str, body: &Value) -> Outcome<Value> {
        self.call("dynamodb", &format!("DynamoDB_20120810.{call}"), "1.0", body).await
    }

    /// How many messages wait in a queue: `queue_url`, `dead_letter_queue_url`, `sweep_queue_url` or `alarms_queue_url`.
    pub async fn waiting(&self, queue: &str) -> Outcome<u64> {
        let wanted = json!({"QueueUrl": self.stack.output(queue)?, "AttributeNames": ["ApproximateNumberOfMessages"]});
        let answer = self.call("sqs", "AmazonSQS.GetQueueAttributes", "1.0", &wanted).await?;
        let count = answer["Attributes"]["ApproximateNumberOfMessages"].as_str().and_then(|text| text.parse().ok());
        count.ok_or_else(|| format!("no count in {answer}"))
    }

    pub async fn send_task(&self, body: &str) -> Outcome {
        let wanted = json!({"QueueUrl": self.stack.output("queue_url")?, "MessageBody": body});
        self.call("sqs", "AmazonSQS.SendMessage", "1.0", &wanted).await.map(|_| ())
    }

    /// Makes tasks of the queue `fulfilment` dead letters: what starts the function is off meanwhile, and each task that waits is received
    /// in vain as often as the queue allows, as by a function that dies each time.
    pub async fn kill_tasks(&self) -> Outcome {
        let wanted =
            json!({"QueueUrl": self.stack.output("queue_url")?, "MaxNumberOfMessages": 10, "VisibilityTimeout": 0});
        for _ in 0..100 {
            self.call("sqs", "AmazonSQS.ReceiveMessage", "1.0", &wanted).await?;
            if self.waiting("dead_letter_queue_url").await? > 0 && self.waiting("queue_url").await? == 0 {
                return Ok(());
            }
            sleep(Duration::from_millis(50)).await;
        }
        Err("no task has become a dead letter".to_owned())
    }

    /// Whether tasks of the queue `fulfilment` start its function.
    pub async fn deliver_tasks(&self, is_on: bool) -> Outcome {
        let (base, headers) = (self.url()?, [("authorization", credential("lambda"))]);
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        let all = format!("{base}/2015-03-31/event-source-mappings");
        let listed = send("GET", &all, &headers, b"").await?.expect(200)?.json()?;
        let queue = self.stack.output("queue_url")?.rsplit('/').next().unwrap_or_default();
        let is_its =
            |one: &&Value| one["EventSourceArn"].as_str().is_some_and(|arn| arn.ends_with(&format!(":{queue}")));
        let found = listed["EventSourceMappings"].as_array().and_then(|all| all.iter().find(is_its));
        let id = found.and_then(|one| one["UUID"].as_str()).ok_or("nothing is started by the queue of tasks")?;
        let body = json!({"Enabled": is_on}).to_string();
        let answer = send("PUT", &format!("{all}/{id}"), &headers, body.as_bytes()).await?;
        ensure((200..300).contains(&answer.status), || format!("{}: {}", answer.status, answer.body))
    }

    /// Puts an alarm on its queue, as a function does.
    pub async fn raise_alarm(&self, body: &Value) -> Outcome {
        let wanted = json!({"QueueUrl": self.stack.output("alarms_queue_url")?, "MessageBody": body.to_string()});
        self.call("sqs", "AmazonSQS.SendMessage", "1.0", &wanted).await.map(|_| ())
    }

    pub async fn invoke(&self, function: &str, event: &Value) -> Outcome<Value> {
        // A deployed stage has its functions elsewhere: this says that the journey is left out there.
        let base = self.url()?;
        let url = format!("{base}/2015-03-31/functions/{}/invocations", self.stack.function(function)?);
        let answer =
            send("POST", &url, &[("authorization", &credential("lambda"))], event.to_string().as_bytes()).await?;
        ensure(answer.header("x-amz-function-error").is_none(), || format!("{function} failed: {}", answer.body))?;
        answer.expect(200)?.json()
    }

    /// Starts the processes of a function anew, as a change of its configuration does.
    pub async fn restart(&self, function: &str) -> Outcome {
        self.set_variables(function, &self.variables(function).await?).await
    }

    pub async fn sweep(&self) -> Outcome<Value> {
        let event = json!({"version": "0", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}});
        let swept = self.invoke("sweep-orders", &event).await?;
        ensure(swept["failed"] == false, || format!("the sweep failed: {swept}"))?;
        Ok(swept)
    }

    /// Calls a service by its JSON protocol.
    pub async fn call(&self, service: &str, target: &str, version: &str, body: &Value) -> Outcome<Value> {
        let kind = format!("application/x-amz-json-{version}");
        let (credential, url) = (credential(service), self.url()?);
        let headers =
            [("content-type", kind.as_str()), ("x-amz-target", target), ("authorization", credential.as_str())];
        let answer = send("POST", url, &headers, body.to_string().as_bytes()).await?;
        answer.expect(200).map_err(|error| format!("{target}: {error}"))?.json()
    }
}

/// The emulator only reads the service from the credential.
fn credential(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

/// An order's item with all its times moved into the past, as one more write of it.
pub fn aged(mut item: Value, seconds: i64) -> Value {
    for name in ["c", "e", "due", "ttl"] {
        shift(item.get_mut(name), -seconds);
    }
    shift(item.get_mut("v"), 1);
    for attempt in item.pointer_mut("/at/L").and_then(Value::as_array_mut).into_iter().flatten() {
        for name in ["d", "e"] {
            shift(attempt.pointer_mut(&format!("/M/{name}")), -seconds);
        }
    }
    for slot in item.pointer_mut("/sl/L").and_then(Value::as_array_mut).into_iter().flatten() {
        let line = slot["S"].as_str().unwrap_or_default();
        // The duty, its tries, the time of the next one.
        let words: Vec<String> = line
            .split(' ')
            .enumerate()
            .map(|(nth, word)| match word.parse::<i64>() {
                Ok(at) if nth == 2 => (at - seconds).to_string(),
                _ => word.to_owned(),
            })
            .collect();
        *slot = json!({"S": words.join(" ")});
    }
    item
}

/// Adds to a number of an item, where there is one.
fn shift(attribute: Option<&mut Value>, by: i64) {
    if let Some(attribute) = attribute
        && let Some(number) = attribute["N"].as_str().and_then(|text| text.parse::<i64>().ok())
    {
        *attribute = json!({"N": (number + by).to_string()});
    }
}
