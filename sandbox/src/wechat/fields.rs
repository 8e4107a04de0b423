//! Checks parameters by type, length and pattern as WeChat Pay does, and refuses undocumented ones. Messages,
//! counting in bytes and patterns are the service's own, as merchants quote them in its SDKs' issues.

use serde_json::{Map, Value, json};

use super::problem::Problem;

pub struct Text {
    /// `amount/currency`.
    pub path: &'static str,
    /// The service's own name of the field.
    pub label: &'static str,
    /// In the unit of `most`.
    pub least: usize,
    pub most: Length,
    pub form: Option<Form>,
}

#[derive(Clone, Copy)]
pub enum Length {
    Bytes(usize),
    Characters(usize),
}

#[derive(Clone, Copy)]
pub struct Form {
    /// As the service names it to merchants.
    pub pattern: &'static str,
    /// Equivalent to `pattern`.
    pub fits: fn(&str) -> bool,
}

pub const ORDER_NO: Form = Form {
    pattern: r"^[0-9a-zA-Z_\-\|\*]+$",
    fits: |text| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-|*".contains(&byte)),
};
pub const REFUND_NO: Form = Form {
    pattern: r"^[0-9a-zA-Z_\-\|\*@]+$",
    fits: |text| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-|*@".contains(&byte)),
};
/// For callbacks: neither query nor fragment.
pub const ADDRESS: Form =
    Form { pattern: r"^https?://([^\s/?#\[\]\@]+\@)?([^\s/?#\@:]+)(?::\d{2,5})?([^\s?#\[\]]*)$", fits: is_address };
pub const CNY: Form = Form { pattern: "^CNY$", fits: |text| text == "CNY" };
pub const TIME: Form = Form {
    pattern: r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$",
    fits: |text| crate::time::parse_rfc3339(text).is_some(),
};
pub const INTERNET_ADDRESS: Form =
    Form { pattern: "^(IPv4|IPv6)$", fits: |text| text.parse::<std::net::IpAddr>().is_ok() };

#[derive(Clone, Copy)]
pub struct Body<'a>(&'a Map<String, Value>);

impl<'a> Body<'a> {
    /// Refuses parameters that are not in `known`: paths such as `amount/total`, with `*` for a place in a list.
    pub fn of(body: Option<&'a Value>, known: &[&str]) -> Result<Self, Problem> {
        let Some(map) = body.and_then(Value::as_object) else {
            return Err(Problem::new(400, "PARAM_ERROR", "请求体不是合法的 JSON 对象"));
        };
        let mut unknown = Vec::new();
        for (name, value) in map {
            collect_unknown(value, name, name, known, &mut unknown);
        }
        if unknown.is_empty() {
            return Ok(Self(map));
        }
        let detail = json!({ "location": null, "value": unknown });
        let problem = Problem::new(400, "PARAM_ERROR", "请求中含有未在API文档中定义的参数");
        Err(Problem { detail: Some(detail), ..problem })
    }

    pub fn text(self, rules: &Text) -> Result<Option<&'a str>, Problem> {
        match self.value(rules.path) {
            None => Ok(None),
            Some(Value::String(text)) => rules.check("body", text).map(|()| Some(text.as_str())),
            Some(other) => Err(mistyped(rules.path, rules.label, other, "字符串")),
        }
    }

    pub fn needed(self, rules: &Text) -> Result<&'a str, Problem> {
        self.text(rules)?.ok_or_else(|| Problem::missing("body", rules.path, rules.label))
    }

    /// In fen, at least 1.
    pub fn amount(self, path: &str, label: &str) -> Result<u64, Problem> {
        let value = self.value(path).ok_or_else(|| Problem::missing("body", path, label))?;
        let number = value.as_i64().ok_or_else(|| mistyped(path, label, value, "64 位有符号整数"))?;
        u64::try_from(number).ok().filter(|number| *number >= 1).ok_or_else(|| {
            let message = format!("输入源“/body/{path}”映射到数值字段“{label}”规则校验失败，值低于最小值 1");
            Problem::parameter("body", value, &message)
        })
    }

    /// The body without nulls: two requests are the same if these are equal.
    pub fn plain(self) -> Value {
        without_nulls(&Value::Object(self.0.clone()))
    }

    fn value(self, path: &str) -> Option<&'a Value> {
        let mut parts = path.split('/');
        let first = self.0.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part)).filter(|value| !value.is_null())
    }
}

impl Text {
    pub const fn new(path: &'static str, label: &'static str, least: usize, most: Length) -> Self {
        Self { path, label, least, most, form: None }
    }

    #[must_use]
    pub const fn of(self, form: Form) -> Self {
        Self { form: Some(form), ..self }
    }

    /// `place` is where the text was found: `body`, `query` or `uri_template`.
    pub fn check(&self, place: &str, text: &str) -> Result<(), Problem> {
        let (unit, length, most) = match self.most {
            Length::Bytes(most) => ("字节数", text.len(), most),
            Length::Characters(most) => ("字符数", text.chars().count(), most),
        };
        let rule = format!("输入源“/{place}/{}”映射到值字段“{}”字符串规则校验失败", self.path, self.label);
        if length < self.least {
            let message = format!("{rule}，{unit} {length}，小于最小值 {}", self.least);
            return Err(Problem::parameter(place, &json!(length), &message));
        }
        if length > most {
            let message = format!("{rule}，{unit} {length}，大于最大值 {most}");
            return Err(Problem::parameter(place, &json!(length), &message));
        }
        match self.form {
            Some(form) if !(form.fits)(text) => {
                let message = format!("{rule}，字符串必须匹配正则表达式“{}”", form.pattern);
                Err(Problem::parameter(place, &json!(text), &message))
            }
            Some(_) | None => Ok(()),
        }
    }
}

fn mistyped(path: &str, label: &str, value: &Value, kind: &str) -> Problem {
    let message = format!("无法将 JSON 输入源“/body/{path}”映射到目标字段“{label}”中，此字段需要一个合法的 {kind}");
    Problem::parameter("body", value, &message)
}

/// Collects the paths of all values that are not known.
fn collect_unknown(value: &Value, path: &str, pattern: &str, known: &[&str], unknown: &mut Vec<String>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (name, value) in map {
                collect_unknown(value, &format!("{path}/{name}"), &format!("{pattern}/{name}"), known, unknown);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for (at, value) in list.iter().enumerate() {
                collect_unknown(value, &format!("{path}/{at}"), &format!("{pattern}/*"), known, unknown);
            }
        }
        Value::Object(_) | Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let is_known =
                |one: &&str| one.strip_prefix(pattern).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            if !known.iter().any(is_known) {
                unknown.push(format!("/body/{path}"));
            }
        }
    }
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let there = map.iter().filter(|(_, value)| !value.is_null());
            there.map(|(name, value)| (name.clone(), without_nulls(value))).collect()
        }
        Value::Array(list) => list.iter().map(without_nulls).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn is_address(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    let authority = rest.split('/').next().unwrap_or_default();
    let (user, place) = match authority.split_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, authority),
    };
    let (host, port) = match place.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (place, None),
    };
    let is_port = |port: &str| (2..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
    let is_clean = rest.chars().all(|letter| !letter.is_whitespace() && !"?#[]".contains(letter));
    is_clean && !host.is_empty() && !place.contains('@') && port.is_none_or(is_port) && user != Some("")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: Text = Text::new("a/name", "名称", 2, Length::Bytes(6)).of(ORDER_NO);

    fn text(body: &Value) -> Result<Option<String>, String> {
        let body = Body::of(Some(body), &["a/name"]).map_err(|problem| problem.message)?;
        body.text(&NAME).map(|text| text.map(str::to_owned)).map_err(|problem| problem.message)
    }

    #[test]
    fn wrong_text_is_refused_with_message_of_service() {
        assert_eq!(text(&json!({ "a": { "name": "x-1" } })), Ok(Some("x-1".to_owned())));
        for absent in [json!({}), json!({ "a": null }), json!({ "a": {} }), json!({ "a": { "name": null } })] {
            assert_eq!(text(&absent), Ok(None), "{absent}");
        }
        for (name, words) in [
            (json!("x"), "输入源“/body/a/name”映射到值字段“名称”字符串规则校验失败，字节数 1，小于最小值 2"),
            (json!("付款付款"), "输入源“/body/a/name”映射到值字段“名称”字符串规则校验失败，字节数 12，大于最大值 6"),
            (
                json!("x y"),
                r"输入源“/body/a/name”映射到值字段“名称”字符串规则校验失败，字符串必须匹配正则表达式“^[0-9a-zA-Z_\-\|\*]+$”",
            ),
            (json!(12), "无法将 JSON 输入源“/body/a/name”映射到目标字段“名称”中，此字段需要一个合法的 字符串"),
        ] {
            assert_eq!(text(&json!({ "a": { "name": name } })), Err(words.to_owned()));
        }
    }

    #[test]
    fn undocumented_parameters_are_refused() {
        let known = ["a", "b/c", "list/*/d"];
        for fine in
            [json!({}), json!({ "a": 1, "b": { "c": 2 }, "list": [{ "d": 1 }, { "d": 2 }] }), json!({ "b": {} })]
        {
            assert!(Body::of(Some(&fine), &known).is_ok(), "{fine}");
        }
        for (body, unknown) in [
            (json!({ "x": 1 }), json!(["/body/x"])),
            (json!({ "b": { "c": 1, "x": { "y": 1, "z": 2 } } }), json!(["/body/b/x/y", "/body/b/x/z"])),
            (json!({ "list": [{ "d": 1 }, { "e": 2 }] }), json!(["/body/list/1/e"])),
            (json!({ "ab": 1 }), json!(["/body/ab"])),
        ] {
            let problem = Body::of(Some(&body), &known).err().unwrap();
            assert_eq!(problem.detail, Some(json!({ "location": null, "value": unknown })));
        }
        for no_object in [json!([]), json!("x"), json!(null), json!(1)] {
            assert!(Body::of(Some(&no_object), &known).is_err());
        }
        assert!(Body::of(None, &known).is_err());
    }

    #[test]
    fn amount_must_be_whole_and_positive() {
        let amount = |value: Value| {
            let body = json!({ "n": value });
            Body::of(Some(&body), &["n"]).unwrap().amount("n", "总金额").map_err(|problem| problem.message)
        };
        assert_eq!(amount(json!(1)), Ok(1));
        assert_eq!(amount(json!(i64::MAX)), Ok(9_223_372_036_854_775_807));
        let low = "输入源“/body/n”映射到数值字段“总金额”规则校验失败，值低于最小值 1";
        for value in [json!(0), json!(-1)] {
            assert_eq!(amount(value), Err(low.to_owned()));
        }
        let no_number = "无法将 JSON 输入源“/body/n”映射到目标字段“总金额”中，此字段需要一个合法的 64 位有符号整数";
        for value in [json!(0.01), json!(29.0), json!("1"), json!(u64::MAX), json!(true)] {
            assert_eq!(amount(value), Err(no_number.to_owned()));
        }
        assert!(amount(Value::Null).unwrap_err().contains("必填"));
    }

    #[test]
    fn notify_url_with_query_is_refused() {
        for fine in
            ["https://shop.example/notify", "http://127.0.0.1:4566/a/b", "https://shop.example", "http://u@h:80/"]
        {
            assert!(is_address(fine), "{fine}");
        }
        for wrong in [
            "",
            "https://",
            "https:///a",
            "ftp://shop.example/",
            "shop.example/notify",
            "https://shop.example/?a=1",
            "https://shop.example/a#b",
            "https://shop.example/a b",
            "https://[::1]/a",
            "https://shop.example:1/",
            "https://shop.example:123456/",
            "https://shop.example:x1/",
            "https://@shop.example/",
            "https://a@b@c/",
        ] {
            assert!(!is_address(wrong), "{wrong}");
        }
    }

    #[test]
    fn requests_that_differ_in_nulls_are_equal() {
        let with = json!({ "a": 1, "b": null, "c": { "d": null, "e": [1] } });
        let without = json!({ "c": { "e": [1] }, "a": 1 });
        let plain = |body: &Value| Body::of(Some(body), &["a", "b", "c/d", "c/e/*"]).unwrap().plain();
        assert_eq!(plain(&with), plain(&without));
    }
}
