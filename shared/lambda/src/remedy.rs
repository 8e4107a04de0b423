//! What the routes have in common by which a person of the team applies a remedy to an order: the key, the reason, and a hash of
//! everything that was asked for.

use till_app::remedy::RemedyRequest;
use till_domain::id::OrderNo;
use till_domain::order::{Fingerprint, Remedy, RemedyWord};
use till_domain::text::{Key, Reason};

use crate::fields::{parsed, required};
use crate::hash::{request_hash, sha256};
use crate::problem::Problem;
use crate::routes::Call;

/// The order that the route's path names.
pub fn order_no<A>(call: &Call<'_, A>) -> Result<OrderNo, Problem> {
    required("order_no", parsed("order_no", call.segment("order_no").map(str::to_owned), OrderNo::parse)?)
}

/// The key without which no remedy is applied.
pub fn key<A>(call: &Call<'_, A>) -> Result<Key, Problem> {
    call.key()?.ok_or(Problem::new(400, "idempotency_key_required"))
}

/// `parts` are the fields of the body besides the reason, in a fixed order.
pub fn requested<A>(
    call: &Call<'_, A>,
    word: RemedyWord,
    reason: &Reason,
    parts: &[Option<&str>],
) -> Result<RemedyRequest, Problem> {
    let (key, request) = fingerprints(call, reason, parts)?;
    Ok(RemedyRequest { remedy: Remedy { word, key, request }, by: call.user()?.clone(), reason: reason.clone() })
}

/// Of the request's key, and of everything that it asks for: the path, the reason and these parts.
pub fn fingerprints<A>(
    call: &Call<'_, A>,
    reason: &Reason,
    parts: &[Option<&str>],
) -> Result<(Fingerprint, Fingerprint), Problem> {
    let key = key(call)?;
    let path = call.request.uri().path();
    let path = path.strip_suffix('/').unwrap_or(path);
    let all: Vec<Option<&str>> = [Some(path), Some(reason.as_str())].into_iter().chain(parts.iter().copied()).collect();
    Ok((fingerprint(sha256(key.as_str().as_bytes())), fingerprint(request_hash(&all).0)))
}

/// Half of the hash: nobody gains by two requests that look alike, and the order stays small.
fn fingerprint(hash: [u8; 32]) -> Fingerprint {
    let half = hash.first_chunk().copied().unwrap_or_default();
    Fingerprint(u128::from_be_bytes(half))
}
