//! List prices of AWS in US dollars, us-east-1, without free tiers and volume discounts.

/// When they were last compared with AWS's pages.
pub const AS_OF: &str = "2026-11-29";
pub const REGION: &str = "us-east-1";

pub struct Price {
    pub what: &'static str,
    pub usd: f64,
    /// For how many.
    pub per: f64,
    pub unit: &'static str,
    pub source: &'static str,
}

impl Price {
    pub fn of(&self, count: f64) -> f64 {
        self.usd * count / self.per
    }
}

const MILLION: f64 = 1e6;
const DYNAMODB: &str = "https://aws.amazon.com/dynamodb/pricing/on-demand/";
const GATEWAY: &str = "https://aws.amazon.com/api-gateway/pricing/";
const LAMBDA: &str = "https://aws.amazon.com/lambda/pricing/";
const LOGS: &str = "https://aws.amazon.com/cloudwatch/pricing/";

pub const WRITES: Price = price("DynamoDB, writes", 0.625, MILLION, "million write request units", DYNAMODB);
pub const READS: Price = price("DynamoDB, reads", 0.125, MILLION, "million read request units", DYNAMODB);
pub const REQUESTS: Price = price("API Gateway, HTTP requests", 1.0, MILLION, "million requests", GATEWAY);
pub const MESSAGES: Price = price("API Gateway, messages of sockets", 1.0, MILLION, "million messages", GATEWAY);
pub const MINUTES: Price = price("API Gateway, open sockets", 0.25, MILLION, "million minutes", GATEWAY);
pub const INVOCATIONS: Price = price("Lambda, invocations", 0.2, MILLION, "million", LAMBDA);
pub const GB_SECONDS: Price = price("Lambda, time on arm64", 0.000_013_333_4, 1.0, "GB-second", LAMBDA);
pub const QUEUE: Price = price("SQS", 0.4, MILLION, "million requests", "https://aws.amazon.com/sqs/pricing/");
pub const LOG_BYTES: Price = price("CloudWatch, log bytes", 0.5, 1e9, "GB", LOGS);
pub const DATA_OUT: Price =
    price("data to the internet", 0.09, 1e9, "GB", "https://aws.amazon.com/ec2/pricing/on-demand/");
pub const METRICS: Price = price("CloudWatch, metrics", 0.3, 1.0, "metric and month", LOGS);
pub const DASHBOARDS: Price = price("CloudWatch, dashboards", 3.0, 1.0, "dashboard and month", LOGS);
pub const ALARMS: Price = price("CloudWatch, alarms", 0.1, 1.0, "alarm and month", LOGS);
pub const SECRETS: Price =
    price("Secrets Manager", 0.4, 1.0, "secret and month", "https://aws.amazon.com/secrets-manager/pricing/");
pub const STORED: Price = price("DynamoDB, stored", 0.25, 1e9, "GB and month", DYNAMODB);
pub const BACKED_UP: Price = price("DynamoDB, recovery to any point in time", 0.2, 1e9, "GB and month", DYNAMODB);

pub const ALL: [&Price; 16] = [
    &WRITES,
    &READS,
    &REQUESTS,
    &MESSAGES,
    &MINUTES,
    &INVOCATIONS,
    &GB_SECONDS,
    &QUEUE,
    &LOG_BYTES,
    &DATA_OUT,
    &METRICS,
    &DASHBOARDS,
    &ALARMS,
    &SECRETS,
    &STORED,
    &BACKED_UP,
];

const fn price(what: &'static str, usd: f64, per: f64, unit: &'static str, source: &'static str) -> Price {
    Price { what, usd, per, unit, source }
}
