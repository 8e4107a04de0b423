//! The public addresses of a deployment. They come from its settings, never from a request's header.

use crate::settings::{BadSetting, Environment};

/// The public address of the HTTP API, without a slash at its end: `PUBLIC_BASE_URL`, which production must set, or the
/// address that the gateway or the emulator gave the API.
pub fn public_base(environment: &Environment) -> Result<String, BadSetting> {
    const BASE: &str = "PUBLIC_BASE_URL";
    let is_production = environment.is_production();
    if let Some(base) = environment.get(BASE) {
        let base = base.trim_end_matches('/');
        let is_plain = !is_production && base.starts_with("http://");
        let is_good = (is_plain || base.starts_with("https://"))
            && base.bytes().all(|byte| byte.is_ascii_graphic())
            && !base.contains(['?', '#', '@']);
        let rule = "an address that begins with https://, without query or user";
        return if is_good { Ok(base.to_owned()) } else { Err(BadSetting::new(BASE, rule)) };
    }
    if is_production {
        return Err(BadSetting::new(BASE, "set in production: it is the address that providers send notifications to"));
    }
    gateway_address(environment, "HTTP_API_ID", "the id of the HTTP API, where PUBLIC_BASE_URL is not set")
}

/// The address at which sockets are opened: the stage `WEBSOCKET_STAGE` of `WEBSOCKET_API_ID`, at AWS or at the emulator.
pub fn socket_base(environment: &Environment) -> Result<String, BadSetting> {
    let address = gateway_address(environment, "WEBSOCKET_API_ID", "the id of the API of sockets")?;
    let stage = environment.get("WEBSOCKET_STAGE").unwrap_or_else(|| "live".to_owned());
    // The rest begins with `://` or `s://`.
    let rest = address.strip_prefix("http");
    let rest = rest.ok_or_else(|| BadSetting::new("AWS_ENDPOINT_URL", "an address that begins with http"))?;
    Ok(format!("ws{rest}/{stage}"))
}

/// The address of the stage's sandbox, where there is one.
pub fn sandbox_base(environment: &Environment) -> Result<Option<String>, BadSetting> {
    const API: &str = "SANDBOX_API_ID";
    environment.get(API).map(|_| gateway_address(environment, API, "the id of the sandbox's API")).transpose()
}

/// The address that the gateway or the emulator gave an API.
fn gateway_address(environment: &Environment, variable: &str, rule: &'static str) -> Result<String, BadSetting> {
    let api = environment.must(variable, rule)?;
    if let Some(endpoint) = environment.get("AWS_ENDPOINT_URL") {
        return Ok(format!("{}/_aws/execute-api/{api}", endpoint.trim_end_matches('/')));
    }
    let region = environment.must("AWS_REGION", "an AWS region")?;
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    Ok(format!("https://{api}.execute-api.{region}.{domain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn socket_address_is_at_aws_or_at_the_emulator() {
        let (api, region) = (("WEBSOCKET_API_ID", "abc"), ("AWS_REGION", "eu-west-1"));
        let stage = ("WEBSOCKET_STAGE", "v1");
        let at = |endpoint| ("AWS_ENDPOINT_URL", endpoint);
        for (variables, expected) in [
            (&[api, region][..], Some("wss://abc.execute-api.eu-west-1.amazonaws.com/live")),
            (&[api, ("AWS_REGION", "cn-north-1")], Some("wss://abc.execute-api.cn-north-1.amazonaws.com.cn/live")),
            (&[api, stage, at("http://127.0.0.1:4566")], Some("ws://127.0.0.1:4566/_aws/execute-api/abc/v1")),
            (&[api, stage, at("https://emulator.example/")], Some("wss://emulator.example/_aws/execute-api/abc/v1")),
            (&[api, region, at("127.0.0.1:4566")], None),
            (&[region], None),
            (&[api], None),
        ] {
            let environment = variables.iter().copied().collect();
            assert_eq!(socket_base(&environment).ok().as_deref(), expected, "{variables:?}");
        }
    }

    #[test]
    fn sandbox_has_an_address_where_there_is_one() {
        let region = ("AWS_REGION", "eu-west-1");
        let base = |variables: &[(&'static str, &'static str)]| sandbox_base(&variables.iter().copied().collect());
        assert_eq!(base(&[region]).ok(), Some(None));
        let at_aws = Some("https://abc.execute-api.eu-west-1.amazonaws.com".to_owned());
        assert_eq!(base(&[region, ("SANDBOX_API_ID", "abc")]).ok(), Some(at_aws));
        assert!(base(&[("SANDBOX_API_ID", "abc")]).is_err());
    }

    #[test]
    fn public_address_is_the_setting_or_the_gateways() {
        let (dev, prod) = (("STAGE", "dev"), ("STAGE", "prod"));
        let (api, region) = (("HTTP_API_ID", "abc123"), ("AWS_REGION", "eu-west-1"));
        let emulator = ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566/");
        let own = "https://abc123.execute-api.eu-west-1.amazonaws.com";
        for (variables, expected) in [
            (&[dev, api, region][..], Some(own)),
            (&[dev, api, region, emulator], Some("http://127.0.0.1:4566/_aws/execute-api/abc123")),
            (&[dev, api, region, ("PUBLIC_BASE_URL", "http://pay.example/")], Some("http://pay.example")),
            (&[prod, api, region, ("PUBLIC_BASE_URL", "https://pay.example")], Some("https://pay.example")),
            (&[prod, api, region, ("PUBLIC_BASE_URL", "http://pay.example")], None),
            (&[prod, api, region], None),
            (&[dev, region], None),
            (&[dev, api], None),
            (&[dev, ("PUBLIC_BASE_URL", "ftp://pay.example")], None),
            (&[dev, ("PUBLIC_BASE_URL", "https://user@pay.example")], None),
            (&[dev, ("PUBLIC_BASE_URL", "https://pay.example/?x=1")], None),
        ] {
            let environment = variables.iter().copied().collect();
            assert_eq!(public_base(&environment).ok().as_deref(), expected, "{variables:?}");
        }
    }
}
