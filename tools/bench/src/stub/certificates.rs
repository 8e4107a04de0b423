//! A certificate authority for one run, and the certificate of the servers on this machine. RSA with 2048 bits, as AWS's own
//! endpoints have.

use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use rsa::pkcs1v15::{Signature, SigningKey};
use rsa::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use rsa::rand_core::OsRng;
use rsa::{RsaPrivateKey, RsaPublicKey};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use sha2::Sha256;
use tokio_rustls::rustls;
use x509_cert::Certificate;
use x509_cert::builder::{Builder as _, CertificateBuilder, Profile};
use x509_cert::der::asn1::Ia5String;
use x509_cert::der::{Encode as _, EncodePem as _};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_cert::time::Validity;

use crate::Failure;

const KEY_BITS: usize = 2048;
const A_WEEK: Duration = Duration::from_hours(7 * 24);
const ISSUER: &str = "CN=Till bench,O=Till";

pub struct Certificates {
    pub ca_pem: String,
    pub server: rustls::ServerConfig,
}

pub fn make() -> Result<Certificates, Failure> {
    let (ca_key, key) = (RsaPrivateKey::new(&mut OsRng, KEY_BITS)?, RsaPrivateKey::new(&mut OsRng, KEY_BITS)?);
    let issuer = Name::from_str(ISSUER)?;
    let ca = certificate(Profile::Root, issuer.clone(), &ca_key, &ca_key, 1)?;
    let leaf = Profile::Leaf { issuer, enable_key_agreement: false, enable_key_encipherment: true };
    let certificate = certificate(leaf, Name::from_str("CN=localhost,O=Till")?, &key, &ca_key, 2)?;
    let private = PrivatePkcs8KeyDer::from(key.to_pkcs8_der()?.as_bytes().to_vec());
    let chain = vec![CertificateDer::from(certificate.to_der()?)];
    let server = rustls::ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, private.into())?;
    Ok(Certificates { ca_pem: ca.to_pem(LineEnding::LF)?, server })
}

fn certificate(
    profile: Profile,
    subject: Name,
    key: &RsaPrivateKey,
    by: &RsaPrivateKey,
    serial: u32,
) -> Result<Certificate, Failure> {
    let is_server = matches!(profile, Profile::Leaf { .. });
    let signer = SigningKey::<Sha256>::new(by.clone());
    let public = RsaPublicKey::from(key).to_public_key_der()?;
    let public = SubjectPublicKeyInfoOwned::try_from(public.as_bytes())?;
    let mut builder = CertificateBuilder::new(
        profile,
        SerialNumber::from(serial),
        Validity::from_now(A_WEEK)?,
        subject,
        public,
        &signer,
    )?;
    if is_server {
        let localhost = GeneralName::DnsName(Ia5String::new("localhost")?);
        let address = GeneralName::from(IpAddr::V4(Ipv4Addr::LOCALHOST));
        builder.add_extension(&SubjectAltName(vec![localhost, address]))?;
    }
    Ok(builder.build::<Signature>()?)
}
