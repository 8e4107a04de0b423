//! The team's channels, as the secret `channels` names them. Their URLs are secrets too: whoever has one can write to the team.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use till_app::ports::{Alarm, AlarmWord};
use till_domain::language::Language;

/// The name of the secret, below the stage's own folder.
pub const CHANNELS_SECRET: &str = "channels";
const MOST_CHANNELS: usize = 8;
const MOST_NAME_CHARACTERS: usize = 32;
const MOST_URL_BYTES: usize = 1_000;
/// Standard Webhooks asks for 24 to 64 bytes.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
const WEBHOOK_SECRET_PREFIX: &str = "whsec_";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Email,
    Feishu,
    WeCom,
    DingTalk,
    Slack,
    /// Any URL, by Standard Webhooks.
    Webhook,
}

impl Kind {
    pub const ALL: [Self; 6] = [Self::Email, Self::Feishu, Self::WeCom, Self::DingTalk, Self::Slack, Self::Webhook];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Feishu => "feishu",
            Self::WeCom => "wecom",
            Self::DingTalk => "dingtalk",
            Self::Slack => "slack",
            Self::Webhook => "webhook",
        }
    }

    /// Programs get every alarm. People get the counts and the first ten, in one message.
    pub(crate) const fn most_alarms(self) -> usize {
        match self {
            Self::Webhook => 50,
            Self::Email | Self::Feishu | Self::WeCom | Self::DingTalk | Self::Slack => 10_000,
        }
    }

    /// WeCom takes 2048 bytes of text; Feishu and DingTalk 20 KB of a whole message; Slack shortens after 4000 characters.
    pub(crate) const fn most_text_bytes(self) -> usize {
        match self {
            Self::WeCom => 2_048,
            Self::Feishu | Self::DingTalk | Self::Slack => 4_000,
            Self::Email | Self::Webhook => 16_000,
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
pub struct Channel {
    pub name: String,
    pub kind: Kind,
    pub language: Language,
    /// The words that it wants; `None` for all.
    pub words: Option<Vec<AlarmWord>>,
    pub(crate) url: String,
    pub(crate) secret: Option<String>,
}

// The URL and the key are secrets.
impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").field("name", &self.name).field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Channel {
    /// E-mail, which needs no URL and no key.
    pub(crate) fn email() -> Self {
        Self {
            name: "email".to_owned(),
            kind: Kind::Email,
            language: Language::Chinese,
            words: None,
            url: String::new(),
            secret: None,
        }
    }

    pub(crate) fn wants(&self, alarm: &Alarm) -> bool {
        match alarm.word {
            // All others hear of it, since the channel cannot be told.
            AlarmWord::ChannelFailed => alarm.subject != self.name,
            word => self.words.as_ref().is_none_or(|words| words.contains(&word)),
        }
    }

    pub fn host(&self) -> &str {
        let rest = self.url.split_once("//").map_or("", |(_, rest)| rest);
        rest.split(['/', '?']).next().unwrap_or_default()
    }

    pub const fn is_signed(&self) -> bool {
        self.secret.is_some()
    }
}

/// Why the secret is not used. It never shows a value.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadChannels {
    #[error("the channels must be JSON: {{\"language\":\"zh\",\"channels\":[{{\"name\":…,\"kind\":…,\"url\":…}}]}}")]
    Shape,
    #[error("language must be zh or en")]
    Language,
    #[error("there can be at most {most} channels", most = MOST_CHANNELS)]
    TooMany,
    #[error(
        "the name of each channel must be its own, of at most {most} small letters, digits and hyphens",
        most = MOST_NAME_CHARACTERS
    )]
    Name,
    #[error("the channel {0} must have a kind: email, feishu, wecom, dingtalk, slack or webhook")]
    Kind(String),
    #[error("the URL of the channel {0} must begin with https://")]
    Url(String),
    #[error("the channel {0} must have no URL: mails go to the address of the stage")]
    MailUrl(String),
    #[error("the channel {0} is for mails, and the stage has no address for them")]
    NoAddress(String),
    #[error("the secret of the channel {0} must be whsec_ and 24 to 64 bytes in base64")]
    Key(String),
    #[error("the channel {0} must have no secret: its kind signs nothing")]
    NoKey(String),
    #[error("the channel {0} names a word that is no alarm's")]
    Word(String),
}

impl BadChannels {
    /// The channel that is not as it should be, if it has a name.
    pub(crate) fn channel(&self) -> Option<&str> {
        match self {
            Self::Kind(name)
            | Self::Url(name)
            | Self::MailUrl(name)
            | Self::NoAddress(name)
            | Self::Key(name)
            | Self::NoKey(name)
            | Self::Word(name) => Some(name),
            Self::Shape | Self::Language | Self::TooMany | Self::Name => None,
        }
    }
}

#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    channels: Vec<Value>,
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct ChannelSettings {
    name: String,
    kind: String,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    secret: Option<String>,
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

/// The channels that can be used, and why others, or parts of them, are left out.
#[derive(PartialEq, Eq, Debug, Default)]
pub(crate) struct UsableChannels {
    pub channels: Vec<Channel>,
    pub faults: Vec<BadChannels>,
}

/// Reads the channels of a stage, all of which must be right. `allows_local` admits receivers on this machine.
pub fn read_channels(json: &str, allows_local: bool) -> Result<Vec<Channel>, BadChannels> {
    let UsableChannels { channels, faults } = read_usable_channels(json, allows_local);
    faults.into_iter().next().map_or(Ok(channels), Err)
}

/// Reads the channels of a stage without those that are not right: one fault must not silence the others, and a channel may name
/// words that only a later release knows.
pub(crate) fn read_usable_channels(json: &str, allows_local: bool) -> UsableChannels {
    let mut usable = UsableChannels::default();
    let Ok(Settings { language, mut channels, other }) = serde_json::from_str(json) else {
        usable.faults.push(BadChannels::Shape);
        return usable;
    };
    if !other.is_empty() {
        usable.faults.push(BadChannels::Shape);
    }
    if channels.len() > MOST_CHANNELS {
        usable.faults.push(BadChannels::TooMany);
        channels.truncate(MOST_CHANNELS);
    }
    let language = read_language(language.as_deref(), Language::Chinese).unwrap_or_else(|bad| {
        usable.faults.push(bad);
        Language::Chinese
    });
    for channel in channels {
        let read = read_channel(channel, language, allows_local, &mut usable.faults);
        match read {
            Ok(channel) if usable.channels.iter().any(|known| known.name == channel.name) => {
                usable.faults.push(BadChannels::Name);
            }
            Ok(channel) => usable.channels.push(channel),
            Err(bad) => usable.faults.push(bad),
        }
    }
    usable
}

/// Faults of parts that can be left out are added to `faults`.
fn read_channel(
    settings: Value,
    usual: Language,
    allows_local: bool,
    faults: &mut Vec<BadChannels>,
) -> Result<Channel, BadChannels> {
    let settings = serde_json::from_value(settings).map_err(|_| BadChannels::Shape)?;
    let ChannelSettings { name, kind, url, secret, words, language, other } = settings;
    let is_good = |name: &str| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if name.is_empty() || name.len() > MOST_NAME_CHARACTERS || !is_good(&name) {
        return Err(BadChannels::Name);
    }
    let kind = Kind::ALL.into_iter().find(|known| known.as_str() == kind);
    let kind = kind.ok_or_else(|| BadChannels::Kind(name.clone()))?;
    let url = url.unwrap_or_default();
    let secret = secret.filter(|secret| !secret.is_empty());
    check_place(&name, kind, &url, allows_local)?;
    check_secret(&name, kind, secret.as_deref())?;
    let language = read_language(language.as_deref(), usual)?;
    if !other.is_empty() {
        faults.push(BadChannels::Shape);
    }
    let known: Vec<AlarmWord> = words.iter().filter_map(|word| AlarmWord::parse(word)).collect();
    if known.len() < words.len() {
        faults.push(BadChannels::Word(name.clone()));
    }
    let words = (!words.is_empty()).then_some(known);
    Ok(Channel { name, kind, language, words, url, secret })
}

fn check_place(name: &str, kind: Kind, url: &str, allows_local: bool) -> Result<(), BadChannels> {
    match kind {
        Kind::Email if !url.is_empty() => Err(BadChannels::MailUrl(name.to_owned())),
        Kind::Email => Ok(()),
        _ if !is_url(url, allows_local) => Err(BadChannels::Url(name.to_owned())),
        _ => Ok(()),
    }
}

fn check_secret(name: &str, kind: Kind, secret: Option<&str>) -> Result<(), BadChannels> {
    match (kind, secret) {
        (Kind::Webhook, secret) if secret.and_then(webhook_key).is_none() => Err(BadChannels::Key(name.to_owned())),
        (Kind::Email | Kind::WeCom | Kind::Slack, Some(_)) => Err(BadChannels::NoKey(name.to_owned())),
        _ => Ok(()),
    }
}

fn read_language(language: Option<&str>, usual: Language) -> Result<Language, BadChannels> {
    language.map_or(Ok(usual), |language| Language::parse(language).map_err(|_| BadChannels::Language))
}

fn is_url(url: &str, allows_local: bool) -> bool {
    let Ok(uri) = url.parse::<http::Uri>() else { return false };
    let has_host = uri.host().is_some_and(|host| !host.is_empty());
    let is_local = uri.scheme_str() == Some("http") && uri.host() == Some("127.0.0.1");
    let has_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    url.len() <= MOST_URL_BYTES
        && has_host
        && !has_user
        && (uri.scheme_str() == Some("https") || (allows_local && is_local))
}

pub(crate) fn webhook_key(secret: &str) -> Option<Vec<u8>> {
    let key = STANDARD.decode(secret.strip_prefix(WEBHOOK_SECRET_PREFIX)?).ok()?;
    KEY_BYTES.contains(&key.len()).then_some(key)
}

#[cfg(test)]
mod tests;
