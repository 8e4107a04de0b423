//! `deny.toml`, as much of it as we use. A key that is not known here is an error: cargo-deny would obey it and we would not.

use semver::VersionReq;
use serde::Deserialize;

use super::metadata::Package;

/// What the file says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Deny {
    /// Which licences we accept.
    pub(super) licenses: Licenses,
    /// Which packages we refuse, and which duplicates we know of.
    pub(super) bans: Bans,
    /// Where packages may come from.
    pub(super) sources: Sources,
}

/// Section `[licenses]`.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Licenses {
    /// SPDX identifiers, some with an exception.
    pub(super) allow: Vec<String>,
    unused_allowed_license: String,
}

/// Section `[bans]`.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Bans {
    /// Packages that must not be there.
    pub(super) deny: Vec<Listed>,
    /// Duplicates that somebody has looked at.
    pub(super) skip: Vec<Listed>,
    multiple_versions: String,
    multiple_versions_include_dev: bool,
}

/// Section `[sources]`.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Sources {
    /// Addresses of registries.
    pub(super) allow_registry: Vec<String>,
    unknown_registry: String,
    unknown_git: String,
}

/// Some versions of a package, and why they are listed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    /// Which.
    #[serde(rename = "crate")]
    pub(super) spec: Spec,
    /// Why.
    pub(super) reason: String,
}

/// `name`, `name@1.2.3` or `name:<requirement>`.
#[derive(Deserialize, PartialEq, Eq, Debug)]
#[serde(try_from = "String")]
pub(super) struct Spec {
    name: String,
    versions: VersionReq,
}

impl Deny {
    /// Reads the file, and refuses settings that our check would not follow.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let deny: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let settings = [
            ("licenses.unused-allowed-license", deny.licenses.unused_allowed_license.as_str(), "allow"),
            ("bans.multiple-versions", &deny.bans.multiple_versions, "warn"),
            ("sources.unknown-registry", &deny.sources.unknown_registry, "deny"),
            ("sources.unknown-git", &deny.sources.unknown_git, "deny"),
        ];
        if let Some((key, is, must)) = settings.into_iter().find(|(_, is, must)| is != must) {
            return Err(format!("{key} is \"{is}\", but our own check does as if it were \"{must}\""));
        }
        if !deny.bans.multiple_versions_include_dev {
            return Err("bans.multiple-versions-include-dev is false, but our own check looks at tests too".to_owned());
        }
        Ok(deny)
    }
}

impl Spec {
    /// Whether it means this package.
    pub(super) fn matches(&self, package: &Package) -> bool {
        self.name == package.name && self.versions.matches(&package.version)
    }
}

impl TryFrom<String> for Spec {
    type Error = semver::Error;

    fn try_from(text: String) -> Result<Self, semver::Error> {
        let (name, versions) = if let Some((name, exact)) = text.split_once('@') {
            (name, VersionReq::parse(&format!("={exact}"))?)
        } else if let Some((name, range)) = text.split_once(':') {
            (name, VersionReq::parse(range)?)
        } else {
            (text.as_str(), VersionReq::STAR)
        };
        Ok(Self { name: name.to_owned(), versions })
    }
}

impl std::fmt::Display for Spec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.versions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = include_str!("../../../../deny.toml");

    fn why(text: &str) -> String {
        Deny::parse(text).err().unwrap_or_default()
    }

    #[test]
    fn the_real_file_is_read() {
        let deny = Deny::parse(OURS).expect("deny.toml is sound");
        assert!(deny.licenses.allow.contains(&"MIT".to_owned()));
        assert_eq!(deny.bans.deny.len(), 6);
    }

    #[test]
    fn what_we_would_not_follow_is_refused() {
        for (from, to, named) in [
            ("multiple-versions = \"warn\"", "multiple-versions = \"allow\"", "bans.multiple-versions"),
            ("include-dev = true", "include-dev = false", "include-dev"),
            ("unknown-git = \"deny\"", "unknown-git = \"warn\"", "sources.unknown-git"),
            ("unknown-git = \"deny\"", "unknown-git = \"deny\"\nallow-git = []", "allow-git"),
            ("[sources]", "[[licenses.clarify]]\n[sources]", "clarify"),
            ("[sources]", "[graph]\n[sources]", "graph"),
            ("hyper:<1", "hyper:<one", "one"),
        ] {
            let changed = OURS.replace(from, to);
            assert_ne!(changed, OURS, "the sample no longer has {from}");
            assert!(why(&changed).contains(named), "{to}: {}", why(&changed));
        }
    }

    #[test]
    fn specs_are_read_as_cargo_deny_reads_them() {
        let spec = |text: &str| Spec::try_from(text.to_owned()).expect(text).to_string();
        assert_eq!(spec("ring"), "ring *");
        assert_eq!(spec("hyper:<1"), "hyper <1");
        assert_eq!(spec("rand@0.8.5"), "rand =0.8.5");
    }
}
