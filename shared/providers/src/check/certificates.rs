//! Findings about the time for which a certificate is valid.

use till_domain::time::Time;

use super::Findings;
use super::kinds::{CERTIFICATE_ENDS_SOON, CERTIFICATE_EXPIRED, CERTIFICATE_NOT_YET_VALID};
use crate::certificate::{Certificate, ENDS_SOON};
use crate::time::to_china;

pub(super) fn validity(found: &mut Findings, field: &str, certificate: &Certificate, now: Time) {
    let (from, until) = (certificate.from, certificate.until);
    if now > until {
        found.add_with(CERTIFICATE_EXPIRED, field, format!("it ended at {} in China", to_china(until)));
    } else if now < from {
        found.add_with(CERTIFICATE_NOT_YET_VALID, field, format!("it begins at {} in China", to_china(from)));
    } else if now.plus(ENDS_SOON) > until {
        found.add_with(CERTIFICATE_ENDS_SOON, field, format!("it ends at {} in China", to_china(until)));
    }
}
