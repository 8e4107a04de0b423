//! Form parameters with nested names (`a[b][c]`). Each is removed and checked; parameters that remain are unknown and
//! refused.

use serde_json::{Map, Value};

use super::error::Refused;

const MAX_PARAMETERS: usize = 1000;
/// `a[b][c]` is three deep.
const MAX_DEPTH: usize = 8;
const MAX_METADATA: usize = 50;
const MAX_METADATA_KEY: usize = 40;
const MAX_METADATA_VALUE: usize = 500;

/// The parameters of one level. List entries are named by their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    path: String,
    map: Map<String, Value>,
}

impl Params {
    /// If a name occurs twice the last value counts, as at Stripe.
    pub fn parse(pairs: Vec<(String, String)>) -> Result<Self, Refused> {
        if pairs.len() > MAX_PARAMETERS {
            return Err(Refused::request(400, "Too many parameters."));
        }
        let mut map = Map::new();
        for (name, value) in pairs {
            let segments = segments(&name).ok_or_else(|| malformed(&name))?;
            put(&mut map, &segments, value).ok_or_else(|| malformed(&name))?;
        }
        Ok(Self { path: String::new(), map })
    }

    /// One text, the same for the same parameters in any order.
    pub fn fingerprint(&self) -> String {
        Value::Object(self.map.clone()).to_string()
    }

    /// The full name of a parameter of this level.
    pub fn name(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}[{name}]", self.path) }
    }

    /// At most `most` characters. An empty text is refused, because Stripe reads it as "unset".
    pub fn text(&mut self, name: &str, most: usize) -> Result<Option<String>, Refused> {
        let full = self.name(name);
        let text = match self.map.remove(name) {
            None => return Ok(None),
            Some(Value::String(text)) => text,
            Some(_) => {
                return Err(Refused::parameter("parameter_invalid_string", &full, format!("Invalid string: {full}")));
            }
        };
        if text.is_empty() {
            let message = format!(
                "You passed an empty string for '{full}'. We assume empty values are an attempt to unset a parameter; \
                 however '{full}' cannot be unset. You should remove '{full}' from your request or supply a non-empty value."
            );
            return Err(Refused::parameter("parameter_invalid_empty", &full, message));
        }
        if text.chars().count() > most {
            let message = format!("Invalid string: {full} must be at most {most} characters");
            return Err(Refused::parameter("parameter_invalid_string_too_long", &full, message));
        }
        Ok(Some(text))
    }

    pub fn required(&mut self, name: &str, most: usize) -> Result<String, Refused> {
        self.text(name, most)?.ok_or_else(|| Refused::absent(&self.name(name)))
    }

    pub fn number(&mut self, name: &str) -> Result<Option<u64>, Refused> {
        let full = self.name(name);
        let Some(text) = self.text(name, 40)? else { return Ok(None) };
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = if is_plain { text.parse().ok() } else { None };
        let refused = || Refused::parameter("parameter_invalid_integer", &full, format!("Invalid integer: {text}"));
        number.map(Some).ok_or_else(refused)
    }

    pub fn flag(&mut self, name: &str) -> Result<Option<bool>, Refused> {
        let full = self.name(name);
        match self.text(name, 40)?.as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(Refused::request(400, format!("Invalid boolean: {other}")).about(&full)),
        }
    }

    pub fn word(&mut self, name: &str, words: &[&str]) -> Result<Option<String>, Refused> {
        let full = self.name(name);
        let Some(word) = self.text(name, 5000)? else { return Ok(None) };
        if words.contains(&word.as_str()) {
            return Ok(Some(word));
        }
        let message = match words.split_last() {
            Some((last, others)) if !others.is_empty() => {
                format!("Invalid {full}: must be one of {}, or {last}", others.join(", "))
            }
            _ => format!("Invalid {full}: must be {}", words.concat()),
        };
        Err(Refused::request(400, message).about(&full))
    }

    pub fn url(&mut self, name: &str) -> Result<Option<String>, Refused> {
        let full = self.name(name);
        let Some(url) = self.text(name, 5000)? else { return Ok(None) };
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let has_host = host.is_some_and(|host| host.starts_with(|first: char| first.is_alphanumeric() || first == '['));
        if has_host && !url.contains(|letter: char| letter.is_whitespace() || letter.is_control()) {
            return Ok(Some(url));
        }
        Err(Refused::parameter("url_invalid", &full, "Not a valid URL"))
    }

    pub fn group(&mut self, name: &str) -> Result<Option<Self>, Refused> {
        let path = self.name(name);
        match self.map.remove(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(Self { path, map })),
            Some(_) => Err(Refused::request(400, format!("Invalid object: {path}")).about(&path)),
        }
    }

    /// The entries of a list of groups, in the order of their numbers.
    pub fn groups(&mut self, name: &str) -> Result<Vec<Self>, Refused> {
        let Some(mut list) = self.group(name)? else { return Ok(Vec::new()) };
        let mut groups = Vec::new();
        for number in list.numbers()? {
            groups.extend(list.group(&number)?);
        }
        Ok(groups)
    }

    /// The entries of a list of texts, with their full names.
    pub fn texts(&mut self, name: &str) -> Result<Vec<(String, String)>, Refused> {
        let Some(mut list) = self.group(name)? else { return Ok(Vec::new()) };
        let mut texts = Vec::new();
        for number in list.numbers()? {
            let full = list.name(&number);
            texts.extend(list.text(&number, 5000)?.map(|text| (full, text)));
        }
        Ok(texts)
    }

    /// An empty value, returned as `null`, removes a key.
    pub fn metadata(&mut self) -> Result<Map<String, Value>, Refused> {
        let path = self.name("metadata");
        let Some(group) = self.group("metadata")? else { return Ok(Map::new()) };
        if group.map.len() > MAX_METADATA {
            let message = format!("You cannot have more than {MAX_METADATA} metadata keys.");
            return Err(Refused::request(400, message).about(&path));
        }
        let mut metadata = Map::new();
        for (key, value) in group.map {
            let Value::String(text) = value else {
                let message = "Metadata values must be strings, and cannot be nested.";
                return Err(Refused::request(400, message).about(&path));
            };
            if key.chars().count() > MAX_METADATA_KEY || text.chars().count() > MAX_METADATA_VALUE {
                let message = format!(
                    "Metadata keys can be at most {MAX_METADATA_KEY} characters, and values at most \
                     {MAX_METADATA_VALUE}."
                );
                return Err(Refused::request(400, message).about(&path));
            }
            metadata.insert(key, if text.is_empty() { Value::Null } else { Value::String(text) });
        }
        Ok(metadata)
    }

    /// Ignores parameters that Stripe knows and that change nothing here. Spaces are between the names.
    pub fn ignore(&mut self, names: &str) {
        for name in names.split(' ') {
            self.map.remove(name);
        }
    }

    /// Refuses the parameters that remain.
    pub fn refuse_rest(self) -> Result<(), Refused> {
        match self.map.keys().next() {
            None => Ok(()),
            Some(name) => {
                let full = self.name(name);
                Err(Refused::parameter("parameter_unknown", &full, format!("Received unknown parameter: {full}")))
            }
        }
    }

    fn numbers(&self) -> Result<Vec<String>, Refused> {
        let number = |key: &String| key.parse::<u32>().ok().map(|number| (number, key.clone()));
        let numbered: Option<Vec<(u32, String)>> = self.map.keys().map(number).collect();
        let mut numbered =
            numbered.ok_or_else(|| Refused::request(400, format!("Invalid array: {}", self.path)).about(&self.path))?;
        numbered.sort();
        Ok(numbered.into_iter().map(|(_, key)| key).collect())
    }
}

impl Refused {
    pub fn about(self, param: &str) -> Self {
        Self { param: Some(param.to_owned()), ..self }
    }
}

/// `a[b][]` is `["a", "b", ""]`.
fn segments(name: &str) -> Option<Vec<&str>> {
    let (first, rest) = name.find('[').map_or((name, ""), |at| name.split_at(at));
    if first.is_empty() {
        return None;
    }
    let mut segments = vec![first];
    let mut rest = rest;
    while !rest.is_empty() {
        let (segment, after) = rest.strip_prefix('[')?.split_once(']')?;
        segments.push(segment);
        if segments.len() > MAX_DEPTH {
            return None;
        }
        rest = after;
    }
    Some(segments)
}

/// `None` if a name is both a text and a group.
fn put(map: &mut Map<String, Value>, segments: &[&str], value: String) -> Option<()> {
    let (first, rest) = segments.split_first()?;
    let name = if first.is_empty() { map.len().to_string() } else { (*first).to_owned() };
    if rest.is_empty() {
        return match map.insert(name, Value::String(value)) {
            Some(Value::Object(_)) => None,
            _ => Some(()),
        };
    }
    match map.entry(name).or_insert_with(|| Value::Object(Map::new())) {
        Value::Object(inner) => put(inner, rest, value),
        _ => None,
    }
}

fn malformed(name: &str) -> Refused {
    let name: String = name.chars().take(60).collect();
    Refused::request(
        400,
        format!("Invalid request (check that your POST content type is application/x-www-form-urlencoded): {name}"),
    )
}
