//! Published test vectors: signatures and ciphertexts of WeChat Pay, and what our signatures must be byte for byte.

use super::*;

/// The key that WeChat Pay publishes for trying its examples of signing (pay.weixin.qq.com/doc/v3/merchant/4012365336 and
/// 4012365341). No account uses it.
pub const PUBLISHED_KEY: &str = "-----BEGIN PRIVATE KEY-----
MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCm2mb6q8gMKH/3
CNTbpJAIrbqiBiQGEOtjGcBrDYltsGynWgNscqT7WvfzU14FQbYcQUC5T4Wvva7m
i3fIp3OgX8VqMDNA0qebnr38Pe6kqiLyZgFpJPXlSKDyPyqhRbVTbXssvSMQeVKc
dXeVxoNNeoOlNFHgF/P0io6AmAVnz+hN8SiZKuOsth5/zUTLGvtkgxBcQooQrtXh
RcpLT798OyIb9xeJ2HO3xRtMv2+perEzb4gMibI74UBz+2QEbnkubPE+2jU2rRZu
dnNEz/BPOt3Qj/w2V6/G0VumGDh6+UeMU0jv4aupHztWITC4Akn0l7lBCNy3lgl8
VFaJnkIxAgMBAAECggEAYGL8aESB7NwciDWW2UdoWUsa7GxFtSdjAz2mFXGdeTsY
mVh7b9OOkRGM+Qio4LqEHDBp1mMk5E/cUJwy1zw8pGGO5nfvs7u9TT3XnHaefIs4
YvUgTYAneIuLRkXNN5rQU+CD7mVYczTSz0Vgjqo9wa1LjUz7G0xbBmJgTdMEFGJs
eJjy6AbJo0CGIwp6HJbTm4CmOUgXnnDAIbEGTIRImkZFH/rzneIeR7oZ77FVwxr1
CZB2gfRCov/yRPbw8vnryYkmvQ7D/ze3j5097vRg/MoDGBSdoOwcmo75vyofr0AS
zytMjmHYyifqkf5slPropSiJeGf4p/7gtKyF6dE/XQKBgQDVAlJ+4U5ZVGOuDc3+
sAhz8CTzgFNlq9vKuSoFK6hOz2L+cwj+E7NXGkOe2DsHHZNy2Xqxk7caKhPEp1z9
hhpMpyLVMoFt6CKemyoRBWDCQwLLwem9SZF/IAyovBkLiH36P42Jm26gUkNMKC/5
Zhtqxf6RZgRQzbVudJi47vIRCwKBgQDIh0+v27Oo+DM3fhObH4I1NrXpWOEGH7OQ
G1dEsMuFYF4hjGhg0kBEP3w9vVdl2+mRllZKTsx9oqjb8OibPLLIH8xsdbAB0WLf
JvjLu4wl/ILUzN1RI03dWnnv2EnEeQn6c3hizvrJ9wR5U4ue9RPVnQooJ0hZF1PU
uCL5fWK3MwKBgElReU/PAYbh80WP3t3Rfbdaa32dKBeQ5iCLR5lsA4zM+YgX1HqQ
EWTj126vgvHaDkyz6vWAoL/Sx+cirHFfXWIRDX5Q2hgYlQH+6qXdMgbrxeSYpHnQ
/tHBGFpkFELSAnrGsVMyOwvYBO4LzyeLK9i+ufcWJFoj1FVmsMLHDG8tAoGARdbi
iQQCoYG4DMarO2aQ6cmhN6EN1h0qY7EyBqlwaIZ0okiNfdMcMOjPc41DKCWcRmlO
qlihXcxN9TQFPzO3rH1urAOdBjUPs1qWYhZyrDQyuLyVBBJApyxAtajloDjrob+f
mQIvVDHk7ACN6xG+E7K6+9salnTKbJapD618uQMCgYBNy6XUvzLkP/A1U/UZdtcx
l8GwU/dturLxz4CyGbqDw4ubaYY2e13lnqHUqQgPtiSyH51nq3tdo8G0YAJdfkSv
KvnfslW91fyEBUKnkdW1o3/1UFU/wprZ7ixVL/F42A4xDu7OFE8EnweJOZ0jWceE
OdhCkaIGBCfRnlECRK8UyQ==
-----END PRIVATE KEY-----";

const NONCE: &str = "593BEC0C930BF1AFEB40B4A08C8FB242";

fn at(unix: i64) -> Time {
    Time::from_unix(unix).unwrap()
}

/// "POST jsapi" of the provider's page on signing requests (pay.weixin.qq.com/doc/v3/merchant/4012365336).
#[test]
fn request_signature_equals_the_published_example() {
    let body = r#"{"appid":"wxd678efh567hg6787","mchid":"1900007291","description":"Image形象店-深圳腾大-QQ公仔","out_trade_no":"1217752501201407033233368018","notify_url":"https://www.weixin.qq.com/wxpay/pay.php","amount":{"total":100,"currency":"CNY"},"payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}"#;
    let target = "/v3/pay/transactions/jsapi";
    let request = merchant().request(Verb::Post, target, body.as_bytes(), at(1_554_208_460), NONCE).unwrap();
    let signature = "jnks4dlrPw3ZX+ozVvSK39oa0t7OMBsg83BHAwd8BRdUFiVaQNTLTvci+wURgP1OQBbKYhFGvt7iqYpDSTQkp7Uq1sltaQKyncCyrA1g88m5bsKERQfPyT0ahSwKTYJ1CAn9QiJuSJRq1QsQs07eehbU/k9BCS51jTyc1Jpsi2H77HF9f/BnjXAOP3/sPObg6V5Ee4EzwLox684hhuMuIwHo7D8KFk3LIHOKDcNI4It1aCXydFWNpNK+SG86VUDe5kwoDpw4Ulqfu9z8OFDGbDs9TCxEv8iqQzbpxOlEVoOe2kalSYM5kApQb3nZcxdUtoE0liJGW3RGUNE0t4v01A==";
    let expected = format!(
        "WECHATPAY2-SHA256-RSA2048 mchid=\"1900007291\",nonce_str=\"{NONCE}\",timestamp=\"1554208460\",serial_no=\"{MERCHANT_SERIAL}\",signature=\"{signature}\""
    );
    assert_eq!(request.headers.first(), Some(&("Authorization", expected)));
    assert_eq!(request.body, body.as_bytes(), "the signed body is sent");
}

/// A test account's address may have a path. It is called with the target, so both are signed.
#[test]
fn path_of_the_base_url_is_signed_with_the_target() {
    let signed = |base, target: &str| {
        let place = Place { mode: AccountMode::Test, notify_url: NOTIFY_URL, base_url: Some(base) };
        let merchant = Merchant::parse(main_id(), &settings(), place).unwrap();
        merchant.request(Verb::Get, target, b"", at(1_554_208_460), NONCE).unwrap()
    };
    let target = "/v3/certificates";
    let bare = signed("http://127.0.0.1:9", target);
    for (base, prefix) in [("http://127.0.0.1:9/a/0a1b", "/a/0a1b"), ("http://127.0.0.1:9/a/0a1b/", "/a/0a1b")] {
        let request = signed(base, target);
        assert_eq!(format!("{}{}", request.base, request.target), format!("http://127.0.0.1:9{prefix}{target}"));
        assert_ne!(request.headers[0], bare.headers[0]);
        let whole = signed("http://127.0.0.1:9", &format!("{prefix}{target}"));
        assert_eq!(request.headers[0], whole.headers[0]);
    }
}

/// The provider's page on signing for its script (pay.weixin.qq.com/doc/v3/merchant/4012365341).
#[test]
fn jsapi_parameters_are_signed_as_in_the_published_example() {
    let settings = Settings { appid: "wx2421b1c4370ec43b".to_owned(), ..certificate_settings() };
    let prepay_id = "wx201410272009395522657a690389285100";
    let params = merchant_of(&settings).pay_params(prepay_id, at(1_554_208_460), NONCE).unwrap();
    let sign = "mI35pfNEQV6777ke/1T+LJLQDNTm7yeoUJH+j/adPGhmCCi0PbgkvYQTRcXH0uibcLVtvFLdGLpmoYO9FV6lBBsTAjuhh5YOvQi0e2g3e0yytitiNET9FEuqM0pjnKfRW4K6LIZDdbWJv9KhZUx3DrJa5TL7OJ7VdADVivxVySIlPVKjGwuCXzuXSJes0UcILgWQUMyha5/3nYofuHtS7r+KYyMuxD+oJ9VM1Qdxk4UIG59CP5Y3wtYIFybyF3bdu1caHTRRX+DLyMXyYA/IrTmiW01c4RPjpHBX5Dk1sZyY1zVsWNsvMHr2e1NTWtBxKJ+qk5N61J7caYoepHFaxw==";
    let expected = [
        ("appId", "wx2421b1c4370ec43b"),
        ("timeStamp", "1554208460"),
        ("nonceStr", NONCE),
        ("package", "prepay_id=wx201410272009395522657a690389285100"),
        ("signType", "RSA"),
        ("paySign", sign),
    ];
    assert_eq!(params, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

/// The example of the provider's page on verifying with its public key: an answer with a `code_url`, signed by WeChat Pay.
#[test]
fn published_answer_verifies() {
    const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwXNI6sdlknHBnK8Fu2U6
Cwor9qY747jP8KAfeBMeveEt1TqaHkLfaSD07trZLhGpfs8/AHqjhgSMO1O10YQW
OrrJ4hjIWPKqxbgrYMkBQc+mwdiWp4W3ByCqxBRagCveCXRWCmuJYovl9H/bsDI0
iGbpVtEOghJtfciisYSgxcLufUDTRkvwxjIBK1pCRjk33jJ5YTBWTHMRtMAOcFLN
F6hdEYdX8SPsgHHeLZ5Lv2T/686w1xtgCHef/sd4uSfWmyzsalQdHG/e4IyYmrhx
+O3VBoNDzE3nx23bFeV/RVNCG7cV6VhmYokJNHa/erIPkEmEFID6A5wQOXuxUkmJ
WwIDAQAB
-----END PUBLIC KEY-----";
    let signature = "mfI1CPqvBrgcXfgXMFjdNIhBf27ACE2YyeWsWV9ZI7T7RU0vHvbQpu9Z32ogzc+k8ZC5n3kz7h70eWKjgqNdKQF0eRp8mVKlmfzMLBVHbssB9jEZEDXThOX1XFqX7s7ymia1hoHQxQagPGzkdWxtlZPZ4ZPvr1RiqkgAu6Is8MZgXXrRoBKqjmSdrP1N7uxzJ/cjfSiis9FiLjuADoqmQ1P7p2N876YPAol7Rn0+GswwAwxldbdLrmVSjfytfSBJFqTMHn4itojgxSWWN1byuckQt8hSTEv/Lg97QoeGniYP17T80pJeQyL3b+295FPHSO2AtvCgyIbKMZ0BALilAA==";
    let body = br#"{"code_url":"weixin://wxpay/bizpayurl?pr=JyC91EIz1"}"#;
    let id = "PUB_KEY_ID_0000000000000000000000000000";
    let keys = Keys::new(Some((id.to_owned(), PublicKey::parse(PUBLIC).unwrap())), Vec::new());
    let headers = Headers::new([
        ("wechatpay-timestamp", "1722850421"),
        ("wechatpay-nonce", "d824f2e086d3c1df967785d13fcd22ef"),
        ("wechatpay-serial", id),
        ("wechatpay-signature", signature),
    ]);
    let signed = keys.verify(Unverified::new(&headers, body).unwrap(), at(1_722_850_421)).unwrap();
    assert_eq!(signed.0, body);
}

/// wechatpay-apiv3/wechatpay-java, core/src/test/java/com/wechat/pay/java/core/cipher/AeadAesCipherTest.java, with the key
/// of core/src/test/java/com/wechat/pay/java/core/model/TestConfig.java.
#[test]
fn ciphertext_of_the_official_sdk_is_decrypted() {
    let merchant = merchant();
    assert_eq!(APIV3_KEY, "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb");
    let opened = sign::open(&merchant.seal, "uluk4a9R25RW", "associatedData", "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI=");
    assert_eq!(opened.unwrap(), b"message");
}

/// wechatpay-apiv3/wechatpay-java, core/src/test/java/com/wechat/pay/java/core/model/TestConfig.java
/// (`DOWNLOAD_CERTIFICATE_RESPONSE`).
#[test]
fn certificates_of_the_official_sdk_are_read() {
    let body = include_str!("download_certificate_response.json");
    let found = merchant().read_certificates(body.as_bytes()).unwrap();
    let [certificate] = found.as_slice() else { panic!("one certificate") };
    assert_eq!(certificate.serial, "5DEA10EF55877E3CF6C33255C2E7DEFFF7E427EC");
    let time = |text| from_rfc3339(text).unwrap();
    assert_eq!(certificate.from, time("2023-09-19T23:15:58+08:00"));
    assert_eq!(certificate.until, time("2028-09-17T23:15:58+08:00"));
    assert_eq!(APPID.len(), 18);
}
