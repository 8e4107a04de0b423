//! `outputs.json`: the addresses and names of a running stack, and what a client needs to play either side of the providers.
//! Only its owner may read it, as it has keys of the sandbox in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::aws::REGION;
use super::deploy;
use super::emulator::Setup;

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Outputs {
    /// `/api/v1/payment/…` is appended to it.
    pub(crate) api_url: String,
    pub(crate) websocket_url: String,
    /// Of the web pages that may call the API.
    #[serde(default)]
    pub(crate) page_origins: Vec<String>,
    /// An order's number is appended to it.
    pub(crate) checkout_url: String,
    pub(crate) sandbox_url: String,
    /// The address of the emulator.
    pub(crate) endpoint_url: String,
    pub(crate) region: String,
    pub(crate) table_name: String,
    pub(crate) queue_url: String,
    pub(crate) dead_letter_queue_url: String,
    pub(crate) sweep_queue_url: String,
    pub(crate) alarms_queue_url: String,
    /// The ARN of each function, by its name.
    pub(crate) functions: BTreeMap<String, String>,
    /// The address at which the fault proxy is controlled, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) faults_url: Option<String>,
    /// The sandbox's accounts, with the keys of both sides.
    pub(crate) providers: Value,
}

impl Outputs {
    pub(crate) fn new(setup: &Setup, stacks: &deploy::Outputs, functions: &[String]) -> Result<Self, String> {
        let output = |name: &str| stacks.get(name).cloned().ok_or_else(|| format!("no stack has the output {name}"));
        let api_url = gateway(setup.port, "http", &output("HttpApiId")?);
        let arns = functions.iter().map(|name| Ok((name.clone(), output(&of_function(name))?)));
        Ok(Self {
            websocket_url: format!("{}/live", gateway(setup.port, "ws", &output("WebsocketApiId")?)),
            checkout_url: format!("{api_url}/pay"),
            api_url,
            page_origins: output("PageOrigins")?.split(',').map(str::to_owned).collect(),
            sandbox_url: gateway(setup.port, "http", &output("SandboxApiId")?),
            endpoint_url: origin(setup.port, "http"),
            region: REGION.to_owned(),
            table_name: output("TableName")?,
            queue_url: output("QueueUrl")?,
            dead_letter_queue_url: output("DeadLetterQueueUrl")?,
            sweep_queue_url: output("SweepQueueUrl")?,
            alarms_queue_url: output("AlarmsQueueUrl")?,
            functions: arns.collect::<Result<_, String>>()?,
            faults_url: setup
                .proxy_port()
                .filter(|_| setup.faults)
                .map(|port| format!("{}/_faults", origin(port, "http"))),
            providers: Value::Null,
        })
    }

    /// The address under which functions reach this address: that of the proxy, when there is one.
    pub(crate) fn seen_by_functions(&self, url: &str, setup: &Setup) -> String {
        url.strip_prefix(&self.endpoint_url)
            .map_or_else(|| url.to_owned(), |rest| format!("{}{rest}", origin(setup.seen_by_functions(), "http")))
    }
}

/// The address of an API of the gateway, without a slash at its end.
fn gateway(port: u16, scheme: &str, api: &str) -> String {
    format!("{}/_aws/execute-api/{api}", origin(port, scheme))
}

fn origin(port: u16, scheme: &str) -> String {
    format!("{scheme}://127.0.0.1:{port}")
}

/// The output with the ARN of a function: `FunctionCreateOrder` for create-order.
fn of_function(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    });
    std::iter::once("Function".to_owned()).chain(words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> deploy::Outputs {
        let pairs = [
            ("HttpApiId", "aa"),
            ("PageOrigins", "http://localhost:3000,http://localhost:5173"),
            ("WebsocketApiId", "bb"),
            ("SandboxApiId", "cc"),
            ("TableName", "till-dev"),
            ("QueueUrl", "q"),
            ("DeadLetterQueueUrl", "d"),
            ("SweepQueueUrl", "e"),
            ("AlarmsQueueUrl", "f"),
            ("FunctionCreateOrder", "arn"),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect()
    }

    #[test]
    fn addresses_are_those_of_the_emulator_and_for_functions_of_the_proxy() {
        let setup = Setup { port: 5, faults: true, auth: false };
        let outputs =
            Outputs::new(&setup, &sample(), &["create-order".to_owned()]).expect("the sample has all outputs");
        assert_eq!(outputs.api_url, "http://127.0.0.1:5/_aws/execute-api/aa");
        assert_eq!(outputs.websocket_url, "ws://127.0.0.1:5/_aws/execute-api/bb/live");
        assert_eq!(outputs.page_origins, ["http://localhost:3000", "http://localhost:5173"]);
        assert_eq!(outputs.functions["create-order"], "arn");
        assert_eq!(outputs.faults_url.as_deref(), Some("http://127.0.0.1:6/_faults"));
        let seen = outputs.seen_by_functions(&outputs.sandbox_url, &setup);
        assert_eq!(seen, "http://127.0.0.1:6/_aws/execute-api/cc");
        assert_eq!(outputs.seen_by_functions("https://example.org", &setup), "https://example.org");
    }

    #[test]
    fn missing_output_is_named() {
        let setup = Setup { port: 5, faults: false, auth: false };
        let why = Outputs::new(&setup, &sample(), &["sweep-orders".to_owned()]);
        assert_eq!(why, Err("no stack has the output FunctionSweepOrders".to_owned()));
    }
}
