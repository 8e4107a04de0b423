//! What a file of settings comes to: an account's settings for each provider, settings of the stage, and what became of each name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use till_app::ports::AccountMode;
use till_domain::provider::Provider;
use till_providers::account::consists_of;
use till_providers::check::{Beside, Finding, is_private_key};
use till_providers::key::certificates;

use super::dotenv::{Entry, File, Quotes};
use super::kinds::{
    AMBIGUOUS_NAME, LINE_BREAKS_LOST, LINES_WITHOUT_QUOTES, NAME_TWICE, NAMES_DIFFER, NOT_SUBSTITUTED, PLACEHOLDER,
    QUOTES_WITHIN, SECRET_IN_PUBLIC_NAME, SPACES_WITHIN, UNKNOWN_NAME, VALUE_EMPTY,
};
use super::names::{Form, Named, Owner, Row, named, nearest, row_of};
use super::pem;

/// The merchant's key lies beside its certificate, in files of these names.
const KEY_FILE: &str = "apiclient_key.pem";
const CERTIFICATE_FILE: &str = "apiclient_cert.pem";

/// A value with the name and line that it comes from.
#[derive(Clone, PartialEq, Eq)]
pub struct Given {
    pub value: String,
    pub name: String,
    pub line: usize,
}

/// What became of a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    pub name: String,
    pub line: usize,
    pub what: String,
}

/// An account's settings, as far as the file has them.
#[derive(Clone, Default)]
pub struct Part(pub BTreeMap<&'static str, Given>);

#[derive(Default)]
pub struct Draft {
    pub parts: BTreeMap<Provider, Part>,
    pub stage: BTreeMap<&'static str, Given>,
    pub told: Vec<Told>,
    /// About lines, names and files; their field is a name of the file.
    pub findings: Vec<(Finding, usize)>,
    /// The file of WeChat Pay's merchant certificate, beside which the key lies as a rule.
    certificate_file: Option<PathBuf>,
}

impl Draft {
    /// Reads the entries of a file in this folder.
    pub fn of(file: &File, folder: &Path) -> Self {
        let mut draft = Self::default();
        for (line, kind) in &file.faults {
            draft.findings.push((Finding { kind: *kind, field: "the file".to_owned(), detail: None }, *line));
        }
        draft.find_repeated(&file.entries);
        let is_wechats = speaks_of_wechat(&file.entries);
        for entry in &file.entries {
            draft.take(entry, folder, is_wechats);
        }
        draft.complete_wechat();
        draft
    }

    pub fn find(&mut self, kind: till_providers::check::Kind, entry: (&str, usize), detail: Option<String>) {
        self.findings.push((Finding { kind, field: entry.0.to_owned(), detail }, entry.1));
    }

    fn tell(&mut self, entry: &Entry, what: impl Into<String>) {
        self.told.push(Told { name: entry.name.clone(), line: entry.line, what: what.into() });
    }

    fn find_repeated(&mut self, entries: &[Entry]) {
        for (n, entry) in entries.iter().enumerate() {
            let before = entries.iter().take(n).find(|other| other.name == entry.name && other.value != entry.value);
            if let Some(before) = before.filter(|_| named(&entry.name).is_some()) {
                let detail = format!("first on line {}", before.line);
                self.find(NAME_TWICE, (&entry.name, entry.line), Some(detail));
            }
        }
    }

    fn take(&mut self, entry: &Entry, folder: &Path, is_wechats: bool) {
        let at = (entry.name.as_str(), entry.line);
        let Some(found) = named(&entry.name) else {
            // A name that is not about payments is reported only if it looks misspelled.
            if let Some(meant) = nearest(&entry.name) {
                self.find(UNKNOWN_NAME, at, Some(format!("did you mean {meant}?")));
                self.tell(entry, format!("left: not known. Did you mean {meant}?"));
            }
            return;
        };
        if found.is_ambiguous && !is_wechats {
            self.find(AMBIGUOUS_NAME, at, None);
            return self.tell(entry, "left: it does not say which provider it belongs to");
        }
        let Some(row) = found.row else {
            let meant = nearest(&entry.name).map(|meant| format!("did you mean {meant}?"));
            self.find(UNKNOWN_NAME, at, meant.clone());
            let meant = meant.map(|meant| format!(" ({meant})")).unwrap_or_default();
            return self.tell(entry, format!("left: not known{meant}"));
        };
        if let Form::Left(why) = row.form {
            self.tell(entry, format!("left: {why}"));
            // Its address is checked all the same.
            if row.field != "notify_url" {
                return;
            }
        }
        if found.is_public && matches!(row.form, Form::Secret | Form::SecretPem) {
            self.find(SECRET_IN_PUBLIC_NAME, at, None);
        }
        if let Some(value) = self.cleaned(entry) {
            self.keep(entry, found, row, value, folder);
        }
    }

    /// The value without what people leave around it; `None` if there is none.
    fn cleaned(&mut self, entry: &Entry) -> Option<String> {
        let at = (entry.name.as_str(), entry.line);
        let mut value = entry.value.trim();
        let is_pem = value.contains("-----BEGIN");
        if value.len() != entry.value.len() && !is_pem {
            self.find(SPACES_WITHIN, at, None);
        }
        let is_quote = |c| matches!(c, '"' | '\'' | '`' | '“' | '”' | '‘' | '’');
        if value.starts_with(is_quote) && value.ends_with(is_quote) && value.chars().count() > 1 {
            self.find(QUOTES_WITHIN, at, None);
            value = value.trim_matches(is_quote).trim();
        }
        if value.is_empty() {
            self.find(VALUE_EMPTY, at, None);
            self.tell(entry, "left: it is empty");
            return None;
        }
        if is_placeholder(value) {
            self.find(PLACEHOLDER, at, None);
            self.tell(entry, "left: its value is that of a template");
            return None;
        }
        if value.contains("${") || value.starts_with('$') {
            self.find(NOT_SUBSTITUTED, at, None);
            self.tell(entry, "left: its value refers to another variable");
            return None;
        }
        if entry.quotes == Quotes::Missing {
            self.find(LINES_WITHOUT_QUOTES, at, None);
        } else if is_pem && value.contains("-----END") && !value.contains('\n') && !value.contains("\\n") {
            self.find(LINE_BREAKS_LOST, at, None);
        }
        Some(value.to_owned())
    }

    fn keep(&mut self, entry: &Entry, found: Named, row: &'static Row, value: String, folder: &Path) {
        let is_pem = matches!(row.form, Form::Pem | Form::SecretPem) || (row.field == "v2_key" && found.is_path);
        let (value, from) = if is_pem && pem::is_path(&value, found.is_path) {
            let path = pem::resolve(folder, &value);
            match pem::read(&path, file_in_folder(row.field)) {
                Ok(text) => {
                    if row.field == "merchant_certificate" {
                        let file = if path.is_dir() { path.join(CERTIFICATE_FILE) } else { path };
                        self.certificate_file = Some(file);
                    }
                    (text, " (read from its file)")
                }
                Err(kind) => {
                    self.find(kind, (&entry.name, entry.line), None);
                    return self.tell(entry, "left: its file cannot be used");
                }
            }
        } else {
            (value, "")
        };
        // Some teams call the private key their API key.
        let row = match row_of(row.owner, "merchant_private_key") {
            Some(key) if row.field == "v2_key" && is_private_key(&value) => key,
            _ => row,
        };
        let given = Given { value, name: entry.name.clone(), line: entry.line };
        let fields = match row.owner {
            Owner::Provider(provider) => &mut self.parts.entry(provider).or_default().0,
            Owner::Stage => &mut self.stage,
        };
        let before = fields.get(row.field).filter(|before| before.value != given.value && before.name != given.name);
        let differs = before.map(|before| before.name.clone());
        fields.insert(row.field, given);
        if let Some(other) = differs {
            self.find(NAMES_DIFFER, (&entry.name, entry.line), Some(format!("the other one is {other}")));
        }
        if !matches!(row.form, Form::Left(_)) {
            self.tell(entry, taken(row, from));
        }
    }

    /// What the merchant's files say that the file of settings does not.
    fn complete_wechat(&mut self) {
        let Some(part) = self.parts.get_mut(&Provider::WeChat) else { return };
        let Some(certificate) = part.0.get("merchant_certificate").cloned() else { return };
        let first = certificates(&certificate.value).ok().and_then(|all| all.into_iter().next());
        let mut told = Vec::new();
        if let Some(first) = first.filter(|_| !part.0.contains_key("merchant_serial")) {
            let serial = Given { value: first.serial_hex(), ..certificate.clone() };
            told.push(format!("the serial number {} was read from it", serial.value));
            part.0.insert("merchant_serial", serial);
        }
        let beside = self.certificate_file.as_ref().map(|file| file.with_file_name(KEY_FILE));
        let key = beside.filter(|_| !part.0.contains_key("merchant_private_key")).map(|file| pem::read(&file, None));
        if let Some(Ok(value)) = key {
            told.push(format!("the private key was read from {KEY_FILE} beside it"));
            part.0.insert("merchant_private_key", Given { value, ..certificate.clone() });
        }
        for what in told {
            self.told.push(Told { name: certificate.name.clone(), line: certificate.line, what });
        }
    }

    /// Whether the file says that an account takes real money, as far as it does.
    pub fn mode(&self, provider: Provider) -> AccountMode {
        let value =
            |field| self.parts.get(&provider).and_then(|part| part.0.get(field)).map(|given| given.value.as_str());
        let is_test = match provider {
            // WeChat Pay has no sandbox.
            Provider::WeChat => false,
            Provider::Alipay => {
                let is_sandbox =
                    value("gateway").is_some_and(|url| url.contains("alipaydev") || url.contains("sandbox"));
                is_sandbox || value("sandbox").is_some_and(|word| ["true", "1", "yes"].contains(&word))
            }
            Provider::Stripe => {
                let keys = [value("secret_key"), value("publishable_key")];
                keys.into_iter().flatten().next().is_some_and(|key| key.contains("_test_"))
            }
        };
        if is_test { AccountMode::Test } else { AccountMode::Live }
    }
}

fn file_in_folder(field: &str) -> Option<&'static str> {
    match field {
        "merchant_private_key" => Some(KEY_FILE),
        "merchant_certificate" => Some(CERTIFICATE_FILE),
        _ => None,
    }
}

fn taken(row: &Row, from: &str) -> String {
    match row.owner {
        Owner::Provider(provider) => match row.field {
            "merchant_certificate" | "app_public_key" | "sign_type" | "sandbox" => {
                format!("used to check {provider}'s settings{from}")
            }
            "v2_key" => "left: the key of interface v2, which Till does not speak yet".to_owned(),
            "content_key" => "left: contents are not encrypted".to_owned(),
            field => format!("taken as {provider}'s {field}{from}"),
        },
        Owner::Stage => format!("for the stage's configuration, as {}", row.field),
    }
}

/// Names without a provider are WeChat Pay's where the file names a merchant of it, or has names of its that say so.
fn speaks_of_wechat(entries: &[Entry]) -> bool {
    let is_merchant = |entry: &Entry| {
        named(&entry.name).and_then(|named| named.row).is_some_and(|row| {
            row.owner == Owner::Provider(Provider::WeChat) && (row.field == "mchid" || row.field == "apiv3_key")
        }) && !entry.value.trim().is_empty()
    };
    let has_app = |entry: &Entry| {
        let value = entry.value.trim();
        let letter = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        value.strip_prefix("wx").is_some_and(|rest| consists_of(rest, 16..=16, letter))
    };
    entries.iter().any(is_merchant) || entries.iter().any(has_app)
}

impl Part {
    pub fn value(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(|given| given.value.as_str())
    }

    pub fn beside(&self) -> Beside<'_> {
        Beside {
            merchant_certificate: self.value("merchant_certificate"),
            v2_key: self.value("v2_key"),
            app_public_key: self.value("app_public_key"),
            content_key: self.value("content_key"),
        }
    }

    /// The account's settings as functions read them. A missing one is empty, so that it is told by its own name.
    pub fn settings(&self, provider: Provider, deployment: &str) -> String {
        let (needed, optional): (&[&str], &[&str]) = match provider {
            Provider::WeChat => (
                &["appid", "mchid", "merchant_serial", "merchant_private_key", "apiv3_key"],
                &["platform_public_key_id", "platform_public_key"],
            ),
            Provider::Alipay => (
                &["app_id", "seller_id", "app_private_key"],
                &[
                    "alipay_public_key",
                    "app_certificate",
                    "alipay_certificate",
                    "alipay_root_certificate",
                    "precreate_product_code",
                    "return_url",
                    "gateway",
                ],
            ),
            Provider::Stripe => (&["secret_key", "publishable_key"], &["success_url", "cancel_url"]),
        };
        let mut settings = Map::new();
        for field in needed {
            settings.insert((*field).to_owned(), json!(self.value(field).unwrap_or_default()));
        }
        for field in optional {
            if let Some(value) = self.value(field) {
                settings.insert((*field).to_owned(), json!(value));
            }
        }
        match provider {
            Provider::WeChat => {
                let certificates = self.value("platform_certificates").into_iter().collect::<Vec<_>>();
                settings.insert("platform_certificates".to_owned(), json!(certificates));
            }
            Provider::Alipay => {}
            Provider::Stripe => {
                let secrets = self.value("webhook_secrets").unwrap_or_default().split(',').map(str::trim);
                let secrets: Vec<&str> = secrets.filter(|secret| !secret.is_empty()).collect();
                settings.insert("webhook_secrets".to_owned(), json!(secrets));
                settings.insert("deployment".to_owned(), json!(deployment));
            }
        }
        Value::Object(settings).to_string()
    }
}

/// Whether a value is that of a template, which is short; a key may contain any letters.
fn is_placeholder(value: &str) -> bool {
    const LONGEST: usize = 120;
    let value = value.to_lowercase();
    let begins =
        ["your_", "your-", "your ", "<", "replace", "changeme", "change_me", "change-me", "todo", "placeholder"];
    let contains = ["xxxx", "your_", "your-", "...", "placeholder", "changeme", "你的", "请填", "此处", "替换"];
    let is_x = value.chars().count() > 1 && value.chars().all(|c| matches!(c, 'x' | '*' | '-' | '.'));
    value.len() <= LONGEST
        && (is_x
            || begins.iter().any(|word| value.starts_with(word))
            || contains.iter().any(|word| value.contains(word)))
}
