//! The team's channels, as the secret `channels` names them. Their URLs are secrets too: whoever has one can write to the team.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use till_app::ports::AlarmWord;
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
    /// The words that it wants; all if there is none.
    pub words: Vec<AlarmWord>,
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
            words: Vec::new(),
            url: String::new(),
            secret: None,
        }
    }

    pub(crate) fn wants(&self, word: AlarmWord) -> bool {
        self.words.is_empty() || self.words.contains(&word)
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
    #[error("the secret of the channel {0} must be whsec_ and 24 to 64 bytes in base64")]
    Key(String),
    #[error("the channel {0} must have no secret: its kind signs nothing")]
    NoKey(String),
    #[error("the channel {0} names a word that is no alarm's")]
    Word(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    channels: Vec<ChannelSettings>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
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
}

/// Reads the channels of a stage. `allows_local` admits receivers on this machine.
pub fn read_channels(json: &str, allows_local: bool) -> Result<Vec<Channel>, BadChannels> {
    let Settings { language, channels } = serde_json::from_str(json).map_err(|_| BadChannels::Shape)?;
    let language = read_language(language.as_deref(), Language::Chinese)?;
    if channels.len() > MOST_CHANNELS {
        return Err(BadChannels::TooMany);
    }
    let channels: Vec<Channel> =
        channels.into_iter().map(|channel| read_channel(channel, language, allows_local)).collect::<Result<_, _>>()?;
    let mut names: Vec<&str> = channels.iter().map(|channel| channel.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() == channels.len() { Ok(channels) } else { Err(BadChannels::Name) }
}

fn read_channel(settings: ChannelSettings, usual: Language, allows_local: bool) -> Result<Channel, BadChannels> {
    let ChannelSettings { name, kind, url, secret, words, language } = settings;
    let is_good = |name: &str| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if name.is_empty() || name.len() > MOST_NAME_CHARACTERS || !is_good(&name) {
        return Err(BadChannels::Name);
    }
    let kind = Kind::ALL.into_iter().find(|known| known.as_str() == kind);
    let kind = kind.ok_or_else(|| BadChannels::Kind(name.clone()))?;
    let words = words.iter().map(|word| AlarmWord::parse(word)).collect::<Option<_>>();
    let words = words.ok_or_else(|| BadChannels::Word(name.clone()))?;
    let url = url.unwrap_or_default();
    match kind {
        Kind::Email if !url.is_empty() => return Err(BadChannels::MailUrl(name)),
        Kind::Email => {}
        _ if !is_url(&url, allows_local) => return Err(BadChannels::Url(name)),
        _ => {}
    }
    let secret = secret.filter(|secret| !secret.is_empty());
    match (kind, &secret) {
        (Kind::Webhook, secret) if secret.as_deref().and_then(webhook_key).is_none() => {
            return Err(BadChannels::Key(name));
        }
        (Kind::Email | Kind::WeCom | Kind::Slack, Some(_)) => return Err(BadChannels::NoKey(name)),
        _ => {}
    }
    let language = read_language(language.as_deref(), usual)?;
    Ok(Channel { name, kind, language, words, url, secret })
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
mod tests {
    use super::*;

    const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn one(channel: &str) -> Result<Vec<Channel>, BadChannels> {
        read_channels(&format!(r#"{{"channels":[{channel}]}}"#), false)
    }

    #[test]
    fn channels_of_each_kind_are_read() {
        let json = format!(
            r#"{{"language":"en","channels":[{{"name":"mail","kind":"email","language":"zh"}},
            {{"name":"a","kind":"feishu","url":"https://open.feishu.cn/open-apis/bot/v2/hook/x","secret":"s"}},
            {{"name":"b","kind":"wecom","url":"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x"}},
            {{"name":"c","kind":"dingtalk","url":"https://oapi.dingtalk.com/robot/send?access_token=x","secret":"SECx"}},
            {{"name":"d","kind":"slack","url":"https://hooks.slack.com/services/x","words":["orphan","aws_alarm"]}},
            {{"name":"e","kind":"webhook","url":"https://ops.example/till","secret":"{KEY}"}}]}}"#
        );
        let channels = read_channels(&json, false).unwrap();
        assert_eq!(channels.iter().map(|one| one.kind).collect::<Vec<_>>(), Kind::ALL);
        let languages: Vec<&str> = channels.iter().map(|one| one.language.as_str()).collect();
        assert_eq!(languages, ["zh", "en", "en", "en", "en", "en"]);
        assert!(channels[4].wants(AlarmWord::Orphan) && !channels[4].wants(AlarmWord::SweepLate));
        assert!(channels[5].wants(AlarmWord::SweepLate));
        assert_eq!(channels[3].host(), "oapi.dingtalk.com");
        assert!(!format!("{channels:?}").contains("access_token"), "{channels:?}");
        assert_eq!(read_channels("{}", false), Ok(Vec::new()));
    }

    #[test]
    fn wrong_channel_is_named_without_its_values() {
        let bad = |name: &str| name.to_owned();
        for (channel, why) in [
            (r#"{"name":"a","kind":"sms","url":"https://a.example"}"#, BadChannels::Kind(bad("a"))),
            (r#"{"name":"A b","kind":"slack","url":"https://a.example"}"#, BadChannels::Name),
            (r#"{"name":"a","kind":"slack","url":"http://a.example/secret"}"#, BadChannels::Url(bad("a"))),
            (r#"{"name":"a","kind":"slack","url":"http://127.0.0.1:1/secret"}"#, BadChannels::Url(bad("a"))),
            (r#"{"name":"a","kind":"slack","url":"https://u:p@a.example"}"#, BadChannels::Url(bad("a"))),
            (r#"{"name":"a","kind":"slack"}"#, BadChannels::Url(bad("a"))),
            (r#"{"name":"a","kind":"email","url":"https://a.example"}"#, BadChannels::MailUrl(bad("a"))),
            (r#"{"name":"a","kind":"webhook","url":"https://a.example"}"#, BadChannels::Key(bad("a"))),
            (
                r#"{"name":"a","kind":"webhook","url":"https://a.example","secret":"whsec_AA=="}"#,
                BadChannels::Key(bad("a")),
            ),
            (r#"{"name":"a","kind":"wecom","url":"https://a.example","secret":"s"}"#, BadChannels::NoKey(bad("a"))),
            (r#"{"name":"a","kind":"email","words":["Orphan"]}"#, BadChannels::Word(bad("a"))),
            (r#"{"name":"a","kind":"email","language":"fr"}"#, BadChannels::Language),
            (r#"{"name":"a","kind":"email"},{"name":"a","kind":"email"}"#, BadChannels::Name),
            (r#"{"name":"a","kind":"email","token":"s"}"#, BadChannels::Shape),
        ] {
            let refused = one(channel).unwrap_err();
            assert_eq!(refused, why, "{channel}");
            assert!(!refused.to_string().contains("secret\"") && !refused.to_string().contains("example"), "{refused}");
        }
        let many = [r#"{"name":"a","kind":"email"}"#; 9].join(",");
        assert_eq!(one(&many), Err(BadChannels::TooMany));
    }

    #[test]
    fn receiver_on_this_machine_is_for_stages_with_a_sandbox() {
        let json = r#"{"channels":[{"name":"a","kind":"slack","url":"http://127.0.0.1:8080/hook"}]}"#;
        assert!(read_channels(json, true).is_ok());
        for other in ["http://127.0.0.2/hook", "http://localhost/hook", "http://127.0.0.1.example/hook"] {
            assert!(read_channels(&json.replace("http://127.0.0.1:8080/hook", other), true).is_err(), "{other}");
        }
    }
}
