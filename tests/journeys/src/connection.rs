//! Connections to a stack: plain to this machine, by TLS to a stage on AWS, with the root certificates that browsers trust.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

pub type Failure = Box<dyn std::error::Error + Send + Sync>;

pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

pub type Connection = Box<dyn Duplex>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Address<'a> {
    is_secure: bool,
    /// The host, and the port where the address names one.
    pub authority: &'a str,
    host: &'a str,
    port: u16,
    /// With the query.
    pub path: &'a str,
}

impl<'a> Address<'a> {
    pub fn parse(url: &'a str) -> Result<Self, Failure> {
        let (scheme, rest) = url.split_once("://").ok_or("the address has no scheme")?;
        let is_secure = match scheme {
            "http" | "ws" => false,
            "https" | "wss" => true,
            _ => return Err(format!("{scheme} is not known here").into()),
        };
        let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse()?),
            None => (authority, if is_secure { 443 } else { 80 }),
        };
        Ok(Self { is_secure, authority, host, port, path })
    }

    pub async fn connect(&self) -> Result<Connection, Failure> {
        let stream = TcpStream::connect((self.host, self.port)).await?;
        stream.set_nodelay(true)?;
        if !self.is_secure {
            return Ok(Box::new(stream));
        }
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(self.host.to_owned())?;
        Ok(Box::new(TlsConnector::from(Arc::new(config)).connect(name, stream).await?))
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn address_has_the_port_of_its_scheme_or_its_own() {
        let of = |url| Address::parse(url).map(|address| (address.is_secure, address.host, address.port, address.path));
        assert_eq!(of("https://aa.example.com/pay?a=b").unwrap(), (true, "aa.example.com", 443, "/pay?a=b"));
        assert_eq!(of("wss://bb.example.com").unwrap(), (true, "bb.example.com", 443, "/"));
        assert_eq!(of("ws://127.0.0.1:5/live").unwrap(), (false, "127.0.0.1", 5, "/live"));
        for wrong in ["127.0.0.1:5", "ftp://a", "http://a:b/"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn secure_connection_begins_with_a_greeting_that_names_the_host() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("https://localhost:{port}/");
        let heard = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            stream.readable().await.unwrap();
            let mut greeting = vec![0; 2048];
            let length = stream.try_read(&mut greeting).unwrap();
            greeting.truncate(length);
            greeting
        });
        let refused = Address::parse(&url).unwrap().connect().await;
        assert!(refused.is_err(), "a server that ends the greeting is not trusted");
        let greeting = heard.await.unwrap();
        assert_eq!(greeting.first(), Some(&22), "the greeting of TLS");
        assert!(greeting.windows(9).any(|bytes| bytes == b"localhost"));
    }
}
