//! Which root certificates are trusted. They come with the program: to read the machine's store costs a function that starts
//! some milliseconds, and a deployment has no use for what somebody put there.

use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, TrustAnchor, pem::PemObject as _};
use webpki_roots::TLS_SERVER_ROOTS;

/// AWS's own certification authority, which issues the certificates of its services outside China: "Amazon Root CA 1" to "4", and
/// "Starfield Services Root Certificate Authority - G2", which it bought. Source: <https://www.amazontrust.com/repository/>
const AMAZON: [&[u8]; 2] = [b"Amazon Root CA ", b"Starfield Services Root Certificate Authority - G2"];

#[derive(Clone, Debug)]
pub struct Roots(RootCertStore);

#[derive(Debug, thiserror::Error)]
#[error("{0} has no root certificate that can be read: {1}")]
pub struct BadBundle(String, String);

impl Roots {
    /// Those that browsers trust.
    pub fn of_the_web() -> Self {
        Self(TLS_SERVER_ROOTS.iter().cloned().collect())
    }

    /// Those that AWS's services in this region use.
    pub fn of_aws(region: &str) -> Self {
        // Other authorities issue certificates for China.
        if region.starts_with("cn-") {
            return Self::of_the_web();
        }
        Self(TLS_SERVER_ROOTS.iter().filter(|root| is_amazons(root)).cloned().collect())
    }

    /// Those of a file in PEM form, and no others.
    fn in_bundle(file: &Path) -> Result<Self, BadBundle> {
        let bad = |why: String| BadBundle(file.display().to_string(), why);
        let mut store = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(file).map_err(|error| bad(error.to_string()))? {
            let certificate = certificate.map_err(|error| bad(error.to_string()))?;
            store.add(certificate).map_err(|error| bad(error.to_string()))?;
        }
        if store.is_empty() { Err(bad("it is empty".to_owned())) } else { Ok(Self(store)) }
    }

    /// Those of a file, if one is named, and the usual ones if not.
    pub fn in_bundle_or(file: Option<&Path>, usual: impl FnOnce() -> Self) -> Result<Self, BadBundle> {
        file.map_or_else(|| Ok(usual()), Self::in_bundle)
    }

    pub(crate) fn into_store(self) -> RootCertStore {
        self.0
    }
}

fn is_amazons(root: &TrustAnchor<'_>) -> bool {
    AMAZON.iter().any(|name| root.subject.windows(name.len()).any(|part| part == *name))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn count(roots: &Roots) -> usize {
        roots.0.len()
    }

    #[test]
    fn aws_is_trusted_by_its_own_roots_alone_except_in_china() {
        assert_eq!(count(&Roots::of_aws("us-east-1")), 5);
        let web = count(&Roots::of_the_web());
        assert!(web > 100, "{web}");
        assert_eq!(count(&Roots::of_aws("cn-north-1")), web);
    }

    #[test]
    fn bundle_without_a_certificate_is_refused_with_its_name() {
        let file = std::env::temp_dir().join(format!("till-roots-{}", std::process::id()));
        let refused = || Roots::in_bundle(&file).unwrap_err().to_string();
        assert!(refused().contains("till-roots-"), "there is no file: {}", refused());
        for (text, why) in
            [("", "empty"), ("no PEM", "empty"), ("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n", "")]
        {
            fs::write(&file, text).unwrap();
            assert!(refused().ends_with(why), "{text}: {}", refused());
        }
        fs::remove_file(&file).unwrap();
    }
}
