//! Rule: which of our crates may use which package. Storage, HTTP and cryptography each have one home, so that no other crate
//! does them in another way.

use super::metadata::{Declared, Metadata};
use super::pattern::any_matches;

/// Packages, and the only folders whose crates may use them.
const HOMES: &[(&[&str], &[&str])] = &[
    // In the stage dev the sandbox is a function too.
    (&["aws-sdk-*"], &["shared/aws", "functions/*", "sandbox", "tools/cli"]),
    // Functions get region and credentials from Lambda; only people have profiles.
    (&["aws-config"], &["tools/cli"]),
    // There is one HTTP client. Another one would also turn on features that every function would then carry, such as HTTP/2.
    (&["hyper-rustls"], &["shared/http"]),
    (&["webpki-roots"], &["shared/http", "tests/journeys"]),
    (&["aws-smithy-http-client", "reqwest"], &[]),
    // A function that does nothing is what starts are compared with.
    (&["lambda_http", "lambda_runtime"], &["shared/lambda", "functions/*", "sandbox", "tools/bench"]),
    (&["aws-lc-rs"], &["tools/bench", "shared/providers", "shared/lambda"]),
    // The sandbox uses another implementation of cryptography than the product, so that the two check each other.
    (&["aes-gcm", "rsa"], &["tools/bench", "sandbox"]),
];

const CORE: &[&str] = &["shared/app", "shared/domain"];
const NOT_IN_CORE: &[&str] = &["chrono", "serde", "serde_json", "tokio"];

const FOR_TESTS_ONLY: &[&str] = &["proptest"];

pub(super) fn faults(metadata: &Metadata) -> Vec<String> {
    let declared =
        metadata.ours().flat_map(|(folder, package)| package.dependencies.iter().map(move |one| (folder, one)));
    declared.filter_map(|(folder, declared)| fault(folder, declared)).collect()
}

fn fault(folder: &str, declared: &Declared) -> Option<String> {
    let name = declared.name.as_str();
    if let Some((_, homes)) =
        HOMES.iter().find(|(packages, homes)| any_matches(packages, name) && !any_matches(homes, folder))
    {
        let may = if homes.is_empty() { "nobody may".to_owned() } else { format!("only {} may", homes.join(" and ")) };
        return Some(format!("{folder} uses {name}, which {may}"));
    }
    if NOT_IN_CORE.contains(&name) && CORE.contains(&folder) {
        return Some(format!("{folder} uses {name}: the core is pure and serialises nothing"));
    }
    if FOR_TESTS_ONLY.contains(&name) && !declared.is_for_tests() {
        return Some(format!("{folder} uses {name} outside its tests"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn package_outside_its_home_is_a_fault() {
        for (folder, name, kind, is_fault) in [
            ("shared/aws", "aws-sdk-sqs", None, false),
            ("functions/create-order", "aws-sdk-sqs", None, false),
            ("functions/create-order", "aws-config", None, true),
            ("tools/cli", "aws-config", None, false),
            ("shared/app", "aws-sdk-sqs", None, true),
            ("shared/providers", "aws-config", None, true),
            ("sandbox", "reqwest", None, true),
            ("shared/http", "hyper-rustls", None, false),
            ("shared/providers", "hyper-rustls", None, true),
            ("tests/contract", "aws-smithy-http-client", None, true),
            ("shared/lambda", "lambda_http", None, false),
            ("functions/create-order", "lambda_runtime", None, false),
            ("shared/aws", "lambda_http", None, true),
            ("shared/lambda", "aws-lc-rs", None, false),
            ("sandbox", "lambda_runtime", None, false),
            ("sandbox", "aws-lc-rs", None, true),
            ("sandbox", "rsa", None, false),
            ("shared/providers", "rsa", Some("dev"), true),
            ("shared/providers", "aes-gcm", None, true),
            ("shared/domain", "serde", None, true),
            ("shared/app", "serde_json", Some("dev"), true),
            ("shared/app", "tokio", None, true),
            ("shared/domain", "chrono", Some("build"), true),
            ("shared/lambda", "serde", None, false),
            ("shared/domain", "proptest", Some("dev"), false),
            ("shared/domain", "proptest", None, true),
        ] {
            let faults = faults(&sample::using(folder, name, kind));
            assert_eq!(!faults.is_empty(), is_fault, "{folder} → {name} ({kind:?}): {faults:?}");
            assert!(faults.iter().all(|fault| fault.starts_with(&format!("{folder} uses {name}"))), "{faults:?}");
        }
    }
}
