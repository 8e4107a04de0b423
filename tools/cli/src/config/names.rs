//! The names of settings as teams have them, in all their spellings: which setting of which provider each is.

use till_domain::provider::Provider;

/// Whose setting a name is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Owner {
    Provider(Provider),
    /// A setting of the deployment.
    Stage,
}

/// What a value is, and so how it is read and whether it may be shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    Plain,
    Secret,
    /// A key or certificate: in the file itself, or a path to it.
    Pem,
    /// A secret key: in the file itself, or a path to it.
    SecretPem,
    /// Known, and not needed.
    Left(&'static str),
}

/// A setting, and the names under which teams have it.
#[derive(Debug)]
pub struct Row {
    pub owner: Owner,
    /// The field of an account's settings or the stage's variable, or a word of ours for what is neither.
    pub field: &'static str,
    pub form: Form,
    /// The name that is proposed where the setting is missing.
    pub name: &'static str,
    /// Where a person gets it.
    pub from: &'static str,
    /// Its names after the provider's, without underscores.
    spellings: &'static [&'static str],
}

const WECHAT: Owner = Owner::Provider(Provider::WeChat);
const ALIPAY: Owner = Owner::Provider(Provider::Alipay);
const STRIPE: Owner = Owner::Provider(Provider::Stripe);

macro_rules! rows {
    ($($owner:ident $field:literal $form:expr, $name:literal, $from:literal, [$($spelling:literal)*];)+) => {
        &[$(Row { owner: $owner, field: $field, form: $form, name: $name, from: $from, spellings: &[$($spelling),*] }),+]
    };
}

const STAGE: Owner = Owner::Stage;
const NOT_NEEDED: Form = Form::Left("not needed");
const OWN_ADDRESS: Form = Form::Left("Till makes its own address from PUBLIC_BASE_URL");

#[rustfmt::skip]
pub const ROWS: &[Row] = rows! {
    WECHAT "appid" Form::Plain, "WECHAT_PAY_APP_ID", "the merchant platform, product centre, AppID management", ["APPID" "APPLICATIONID" "MPAPPID" "WEBAPPID"];
    WECHAT "mchid" Form::Plain, "WECHAT_PAY_MCH_ID", "the merchant platform, account centre", ["MCHID" "MERCHANTID" "MCHNO" "MERCHANTNO" "MCH"];
    WECHAT "merchant_serial" Form::Plain, "WECHAT_PAY_SERIAL_NO", "the certificate: name it by WECHAT_PAY_CERT_PATH and it is read from there", ["SERIAL" "SERIALNO" "SERIALNUMBER" "MCHSERIAL" "MCHSERIALNO" "MCHSERIALNUMBER" "MERCHANTSERIAL" "MERCHANTSERIALNO" "MERCHANTSERIALNUMBER" "CERTSERIAL" "CERTSERIALNO" "CERTSERIALNUMBER" "MCHCERTSERIALNO" "MCHCERTSERIAL" "CERTIFICATESERIALNO" "MERCHANTCERTSERIALNO"];
    WECHAT "merchant_private_key" Form::SecretPem, "WECHAT_PAY_KEY_PATH", "apiclient_key.pem, made with the API certificate: account centre, API security", ["PRIVATEKEY" "MCHPRIVATEKEY" "MERCHANTPRIVATEKEY" "APICLIENTKEY" "KEYPATH" "KEYFILE" "KEYPEM" "KEYPEMPATH" "MCHKEYPATH" "SSLKEY" "CERTKEY" "CERTKEYPATH" "RSAPRIVATEKEY"];
    WECHAT "merchant_certificate" Form::Pem, "WECHAT_PAY_CERT_PATH", "apiclient_cert.pem: account centre, API security", ["CERT" "CERTIFICATE" "MCHCERT" "MERCHANTCERT" "MERCHANTCERTIFICATE" "MCHCERTIFICATE" "APICLIENTCERT" "SSLCERT"];
    WECHAT "apiv3_key" Form::Secret, "WECHAT_PAY_API_V3_KEY", "account centre, API security, APIv3 key: you choose 32 characters", ["APIV3KEY" "V3KEY" "APIKEYV3" "MCHAPIV3KEY" "MERCHANTAPIV3KEY" "APIV3" "KEYV3" "APIV3SECRET" "APIV3SECRETKEY" "AESKEY"];
    WECHAT "v2_key" Form::Secret, "WECHAT_PAY_API_KEY", "account centre, API security", ["APIKEY" "KEY" "MCHKEY" "MERCHANTKEY" "PAYKEY" "PARTNERKEY" "APIV2KEY" "V2KEY" "APIKEYV2" "SIGNKEY" "MCHSECRET" "APISECRET"];
    WECHAT "platform_public_key_id" Form::Plain, "WECHAT_PAY_PUBLIC_KEY_ID", "account centre, API security, WeChat Pay public key", ["PUBLICKEYID" "PUBKEYID" "PLATFORMPUBLICKEYID" "PLATFORMKEYID" "PAYPUBLICKEYID"];
    WECHAT "platform_public_key" Form::Pem, "WECHAT_PAY_PUBLIC_KEY_PATH", "pub_key.pem: account centre, API security, WeChat Pay public key", ["PUBLICKEY" "PUBKEY" "PLATFORMPUBLICKEY" "PLATFORMKEY" "PAYPUBLICKEY"];
    WECHAT "platform_certificates" Form::Pem, "WECHAT_PAY_PLATFORM_CERT_PATH", "WeChat Pay's tool for downloading certificates", ["PLATFORMCERT" "PLATFORMCERTS" "PLATFORMCERTIFICATE" "PLATFORMCERTIFICATES"];
    WECHAT "notify_url" OWN_ADDRESS, "WECHAT_PAY_NOTIFY_URL", "", ["NOTIFYURL" "CALLBACKURL" "PAYNOTIFYURL" "NOTIFICATIONURL"];
    WECHAT "refund_notify_url" OWN_ADDRESS, "WECHAT_PAY_REFUND_NOTIFY_URL", "", ["REFUNDNOTIFYURL" "REFUNDCALLBACKURL"];
    WECHAT "app_secret" Form::Left("Till needs no app secret: your sign-in uses it to find a buyer's openid"), "WECHAT_APP_SECRET", "", ["APPSECRET" "SECRET" "MPSECRET" "MPAPPSECRET"];
    WECHAT "p12" Form::Left("Till needs no .p12 bundle, but apiclient_key.pem of the same download"), "WECHAT_PAY_P12_PATH", "", ["P12" "PFX" "CERTP12" "P12PASSWORD"];
    WECHAT "switch" Form::Left("an account is switched with `till accounts init --off`"), "WECHAT_PAY_ENABLED", "", ["ENABLED" "ENABLE" "SIGNTYPE" "SANDBOX" "MODE" "RETURNURL" "DOMAIN"];
    ALIPAY "app_id" Form::Plain, "ALIPAY_APP_ID", "the open platform, console", ["APPID" "APPLICATIONID"];
    ALIPAY "seller_id" Form::Plain, "ALIPAY_SELLER_ID", "the open platform, account, partner id (PID): 2088…", ["SELLERID" "PID" "PARTNERID" "PARTNER" "SELLER" "MERCHANTID" "MCHID" "UID" "SELLERUSERID"];
    ALIPAY "app_private_key" Form::SecretPem, "ALIPAY_PRIVATE_KEY", "made with the key tool of Alipay, together with the public key that the platform was given", ["PRIVATEKEY" "APPPRIVATEKEY" "MERCHANTPRIVATEKEY" "RSAPRIVATEKEY" "RSA2PRIVATEKEY" "KEYPATH" "KEYFILE" "PRIKEY" "APPKEYPATH"];
    ALIPAY "alipay_public_key" Form::Pem, "ALIPAY_PUBLIC_KEY", "the open platform, development settings, interface signing: Alipay's key, not the application's", ["PUBLICKEY" "ALIPAYPUBLICKEY" "PLATFORMPUBLICKEY" "RSAPUBLICKEY" "RSA2PUBLICKEY" "PUBKEY" "PAYPUBLICKEY"];
    ALIPAY "app_public_key" Form::Pem, "ALIPAY_APP_PUBLIC_KEY", "", ["APPPUBLICKEY" "MERCHANTPUBLICKEY" "OWNPUBLICKEY"];
    ALIPAY "app_certificate" Form::Pem, "ALIPAY_APP_CERT_PATH", "appCertPublicKey_….crt: the open platform, interface signing", ["APPCERT" "APPCERTPUBLICKEY" "APPCERTIFICATE" "APPPUBLICCERT" "APPPUBLICKEYCERT" "MERCHANTCERT"];
    ALIPAY "alipay_certificate" Form::Pem, "ALIPAY_CERT_PATH", "alipayCertPublicKey_RSA2.crt: the open platform, interface signing", ["CERT" "CERTIFICATE" "ALIPAYCERT" "CERTPUBLICKEY" "ALIPAYCERTPUBLICKEY" "PUBLICCERT" "ALIPAYPUBLICCERT" "PUBLICKEYCERT" "ALIPAYCERTIFICATE"];
    ALIPAY "alipay_root_certificate" Form::Pem, "ALIPAY_ROOT_CERT_PATH", "alipayRootCert.crt: the open platform, interface signing", ["ROOTCERT" "ALIPAYROOTCERT" "ROOTCERTIFICATE" "ROOT"];
    ALIPAY "return_url" Form::Plain, "ALIPAY_RETURN_URL", "your page", ["RETURNURL" "REDIRECTURL"];
    ALIPAY "gateway" Form::Plain, "ALIPAY_GATEWAY", "", ["GATEWAY" "GATEWAYURL" "SERVERURL" "SERVER" "ENDPOINT" "HOST" "URL" "APIURL"];
    ALIPAY "precreate_product_code" Form::Plain, "ALIPAY_PRECREATE_PRODUCT_CODE", "", ["PRECREATEPRODUCTCODE"];
    ALIPAY "content_key" Form::Secret, "ALIPAY_AES_KEY", "", ["AESKEY" "ENCRYPTKEY" "CONTENTKEY" "AESSECRET"];
    ALIPAY "sign_type" Form::Plain, "ALIPAY_SIGN_TYPE", "", ["SIGNTYPE" "KEYTYPE"];
    ALIPAY "sandbox" Form::Plain, "ALIPAY_SANDBOX", "", ["SANDBOX" "ISSANDBOX" "USESANDBOX" "DEBUG" "SANDBOXMODE"];
    ALIPAY "notify_url" OWN_ADDRESS, "ALIPAY_NOTIFY_URL", "", ["NOTIFYURL" "CALLBACKURL" "NOTIFICATIONURL"];
    ALIPAY "switch" NOT_NEEDED, "ALIPAY_ENABLED", "", ["ENABLED" "ENABLE" "CHARSET" "FORMAT" "VERSION" "MODE" "QUITURL" "TIMEOUT"];
    STRIPE "secret_key" Form::Secret, "STRIPE_SECRET_KEY", "Stripe, developers, API keys", ["SECRETKEY" "SECRET" "APIKEY" "KEY" "SK" "PRIVATEKEY" "RESTRICTEDKEY" "APISECRET" "APISECRETKEY"];
    STRIPE "publishable_key" Form::Plain, "STRIPE_PUBLISHABLE_KEY", "Stripe, developers, API keys", ["PUBLISHABLEKEY" "PUBLISHABLE" "PUBLICKEY" "PK" "PUBKEY" "PUBLISHKEY"];
    STRIPE "webhook_secrets" Form::Secret, "STRIPE_WEBHOOK_SECRET", "Stripe, developers, webhooks: the signing secret of the endpoint", ["WEBHOOKSECRET" "WEBHOOKSECRETS" "WEBHOOKSIGNINGSECRET" "SIGNINGSECRET" "ENDPOINTSECRET" "WEBHOOKENDPOINTSECRET" "WEBHOOKKEY" "WHSEC" "WEBHOOKSECRETKEY"];
    STRIPE "success_url" Form::Plain, "STRIPE_SUCCESS_URL", "your page", ["SUCCESSURL" "RETURNURL"];
    STRIPE "cancel_url" Form::Plain, "STRIPE_CANCEL_URL", "your page", ["CANCELURL"];
    STRIPE "api_version" Form::Left("Till pins the version that it was written against"), "STRIPE_API_VERSION", "", ["APIVERSION" "VERSION"];
    STRIPE "notify_url" OWN_ADDRESS, "STRIPE_WEBHOOK_URL", "", ["WEBHOOKURL" "NOTIFYURL" "CALLBACKURL"];
    STRIPE "switch" NOT_NEEDED, "STRIPE_ENABLED", "", ["ENABLED" "ENABLE" "MODE" "PRICEID" "PRODUCTID" "ACCOUNTID" "CLIENTID"];
    STAGE "STRIPE_CURRENCY" Form::Plain, "STRIPE_CURRENCY", "", ["STRIPECURRENCY"];
    STAGE "ORDER_EXPIRE_MINUTES" Form::Plain, "ORDER_EXPIRE_MINUTES", "", ["ORDEREXPIREMINUTES" "ORDERTIMEOUTMINUTES" "ORDEREXPIRATIONMINUTES" "ORDEREXPIREMINS" "PAYMENTORDEREXPIREMINUTES"];
    STAGE "QR_CODE_EXPIRE_MINUTES" Form::Plain, "QR_CODE_EXPIRE_MINUTES", "", ["QRCODEEXPIREMINUTES" "QREXPIREMINUTES" "QRCODETIMEOUTMINUTES"];
    STAGE "PAYMENT_QUERY_RETRY_MAX" Form::Plain, "PAYMENT_QUERY_RETRY_MAX", "", ["PAYMENTQUERYRETRYMAX" "QUERYRETRYMAX" "PAYMENTQUERYMAXRETRY" "PAYMENTQUERYMAXRETRIES"];
    STAGE "PAYMENT_ENABLED" Form::Plain, "PAYMENT_ENABLED", "", ["PAYMENTENABLED" "PAYMENTENABLE" "ENABLEPAYMENT"];
    STAGE "PAYMENT_MOCK_MODE" Form::Plain, "PAYMENT_MOCK_MODE", "", ["PAYMENTMOCKMODE" "PAYMENTMOCK" "MOCKPAYMENT" "PAYMENTMOCKENABLED"];
    STAGE "PUBLIC_BASE_URL" Form::Plain, "BASE_URL", "", ["BASEURL" "PUBLICBASEURL" "APIBASEURL" "PAYMENTBASEURL" "SERVERBASEURL"];
};

/// The beginnings of names, the longer ones first.
const PREFIXES: &[(&str, Provider)] = &[
    ("WECHAT_PAYMENT_", Provider::WeChat),
    ("WECHATPAY_", Provider::WeChat),
    ("WECHAT_PAY_", Provider::WeChat),
    ("WEIXIN_PAY_", Provider::WeChat),
    ("WEIXINPAY_", Provider::WeChat),
    ("WX_PAY_", Provider::WeChat),
    ("WXPAY_", Provider::WeChat),
    ("WECHAT_", Provider::WeChat),
    ("WEIXIN_", Provider::WeChat),
    ("WX_", Provider::WeChat),
    ("ALI_PAY_", Provider::Alipay),
    ("ALIPAY_", Provider::Alipay),
    ("STRIPE_", Provider::Stripe),
];

/// Build tools put the values of these into pages.
const PUBLIC: &[&str] = &["NEXT_PUBLIC_", "NUXT_PUBLIC_", "EXPO_PUBLIC_", "REACT_APP_", "VUE_APP_", "VITE_", "PUBLIC_"];

/// Words before or after a provider's name that say nothing.
const AROUND: &[&str] = &["PAYMENT_", "PAY_"];

/// Ends of names that say only how the value is written.
const ENDS: &[&str] = &["FILEPATH", "PATH", "FILE", "CONTENT", "STRING", "BASE64", "TEXT", "PEM", "STR"];

/// Names without a provider that are WeChat Pay's if the rest of a file says so.
const OFTEN_WECHATS: &[&str] = &[
    "APPID",
    "MCHID",
    "MERCHANTID",
    "APIKEY",
    "MCHKEY",
    "APIV3KEY",
    "CERTPATH",
    "KEYPATH",
    "NOTIFYURL",
    "SERIALNO",
    "MCHSERIALNO",
    "CERTSERIALNO",
    "PRIVATEKEYPATH",
    "MCHPRIVATEKEY",
    "PLATFORMCERTPATH",
];

#[derive(Clone, Copy, Debug)]
pub struct Named {
    /// None if the name begins with a provider's and goes on with something unknown.
    pub row: Option<&'static Row>,
    /// Whether the name has no provider in it.
    pub is_ambiguous: bool,
    pub is_public: bool,
    pub is_path: bool,
}

/// What a name stands for; `None` if it is not about payments.
pub fn named(name: &str) -> Option<Named> {
    let upper = name.to_ascii_uppercase().replace(['-', '.'], "_");
    let public = PUBLIC.iter().find_map(|prefix| upper.strip_prefix(prefix));
    let bare = public.unwrap_or(&upper);
    let bare =
        AROUND.iter().find_map(|word| bare.strip_prefix(word).filter(|rest| split(rest).is_some())).unwrap_or(bare);
    let is_path = ["PATH", "FILE"].iter().any(|end| upper.ends_with(end));
    let found = |row, is_ambiguous| Some(Named { row, is_ambiguous, is_public: public.is_some(), is_path });
    let joined = |text: &str| text.replace('_', "");
    if let Some(row) = ROWS.iter().find(|row| row.owner == STAGE && row.spellings.contains(&joined(bare).as_str())) {
        return found(Some(row), false);
    }
    if let Some((provider, rest)) = split(bare) {
        return found(row(provider, &joined(rest)), false);
    }
    let whole = joined(bare);
    OFTEN_WECHATS.contains(&whole.as_str()).then(|| found(row(Provider::WeChat, &whole), true))?
}

fn split(name: &str) -> Option<(Provider, &str)> {
    PREFIXES.iter().find_map(|(prefix, provider)| Some((*provider, name.strip_prefix(prefix)?)))
}

fn row(provider: Provider, rest: &str) -> Option<&'static Row> {
    let exact = |rest: &str| {
        let mut own = ROWS.iter().filter(|row| row.owner == Owner::Provider(provider));
        own.find(|row| row.spellings.contains(&rest))
    };
    exact(rest).or_else(|| ENDS.iter().find_map(|end| exact(rest.strip_suffix(end)?)))
}

/// The row of a field.
pub fn row_of(owner: Owner, field: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.owner == owner && row.field == field)
}

/// The known name that an unknown one was probably meant to be.
pub fn nearest(name: &str) -> Option<&'static str> {
    let upper = name.to_ascii_uppercase();
    let known = ROWS.iter().map(|row| (distance(&upper, row.name), row.name));
    let (distance, nearest) = known.min()?;
    (distance <= 2 && upper.len() > 5).then_some(nearest)
}

/// How many letters must be changed, added, removed or exchanged to make one text of the other.
fn distance(one: &str, other: &str) -> usize {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (i, letter) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, with) in other.iter().enumerate() {
            let changed = last[j] + usize::from(letter != with);
            let mut least = changed.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *letter == other[j - 1] && one[i - 1] == *with {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str) -> Option<(Owner, &'static str)> {
        named(name).and_then(|named| named.row).map(|row| (row.owner, row.field))
    }

    #[test]
    fn each_spelling_is_its_setting() {
        for (name, owner, expected) in [
            ("WECHAT_PAY_APP_ID", WECHAT, "appid"),
            ("WECHAT_APPID", WECHAT, "appid"),
            ("wxpay.appid", WECHAT, "appid"),
            ("WECHAT_APP_ID", WECHAT, "appid"),
            ("WECHAT_MCH_ID", WECHAT, "mchid"),
            ("WECHAT_PAY_MCHID", WECHAT, "mchid"),
            ("WX_MCH_ID", WECHAT, "mchid"),
            ("WECHAT_PAY_API_KEY", WECHAT, "v2_key"),
            ("WECHAT_API_KEY", WECHAT, "v2_key"),
            ("WECHAT_PAY_KEY", WECHAT, "v2_key"),
            ("WECHAT_PAY_API_V3_KEY", WECHAT, "apiv3_key"),
            ("WECHATPAY_APIV3_KEY", WECHAT, "apiv3_key"),
            ("WECHAT_PAY_CERT_PATH", WECHAT, "merchant_certificate"),
            ("WECHAT_CERT_PATH", WECHAT, "merchant_certificate"),
            ("WECHAT_KEY_PATH", WECHAT, "merchant_private_key"),
            ("WECHAT_PAY_PRIVATE_KEY_PATH", WECHAT, "merchant_private_key"),
            ("WECHAT_PAY_MCH_PRIVATE_KEY", WECHAT, "merchant_private_key"),
            ("WECHAT_PAY_SERIAL_NO", WECHAT, "merchant_serial"),
            ("WECHAT_PAY_PUBLIC_KEY_ID", WECHAT, "platform_public_key_id"),
            ("WECHAT_PAY_NOTIFY_URL", WECHAT, "notify_url"),
            ("ALIPAY_APP_ID", ALIPAY, "app_id"),
            ("PAYMENT_ALIPAY_APPID", ALIPAY, "app_id"),
            ("ALIPAY_PRIVATE_KEY", ALIPAY, "app_private_key"),
            ("ALIPAY_APP_PRIVATE_KEY_PATH", ALIPAY, "app_private_key"),
            ("ALIPAY_PUBLIC_KEY", ALIPAY, "alipay_public_key"),
            ("ALIPAY_ALIPAY_PUBLIC_KEY", ALIPAY, "alipay_public_key"),
            ("ALIPAY_APP_PUBLIC_KEY", ALIPAY, "app_public_key"),
            ("ALIPAY_NOTIFY_URL", ALIPAY, "notify_url"),
            ("ALIPAY_RETURN_URL", ALIPAY, "return_url"),
            ("ALIPAY_GATEWAY", ALIPAY, "gateway"),
            ("ALIPAY_GATEWAY_URL", ALIPAY, "gateway"),
            ("STRIPE_PUBLISHABLE_KEY", STRIPE, "publishable_key"),
            ("NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY", STRIPE, "publishable_key"),
            ("STRIPE_SECRET_KEY", STRIPE, "secret_key"),
            ("STRIPE_WEBHOOK_SECRET", STRIPE, "webhook_secrets"),
            ("ORDER_EXPIRE_MINUTES", STAGE, "ORDER_EXPIRE_MINUTES"),
            ("QR_CODE_EXPIRE_MINUTES", STAGE, "QR_CODE_EXPIRE_MINUTES"),
            ("PAYMENT_QUERY_RETRY_MAX", STAGE, "PAYMENT_QUERY_RETRY_MAX"),
            ("PAYMENT_ENABLED", STAGE, "PAYMENT_ENABLED"),
            ("PAYMENT_MOCK_MODE", STAGE, "PAYMENT_MOCK_MODE"),
            ("BASE_URL", STAGE, "PUBLIC_BASE_URL"),
            ("PUBLIC_BASE_URL", STAGE, "PUBLIC_BASE_URL"),
            ("MCH_ID", WECHAT, "mchid"),
            ("APP_ID", WECHAT, "appid"),
            ("API_KEY", WECHAT, "v2_key"),
            ("CERT_PATH", WECHAT, "merchant_certificate"),
            ("KEY_PATH", WECHAT, "merchant_private_key"),
        ] {
            assert_eq!(field(name), Some((owner, expected)), "{name}");
        }
        for name in ["DATABASE_URL", "APP_NAME", "SECRET_KEY", "PORT", "PRIVATE_KEY"] {
            assert!(named(name).is_none(), "{name}");
        }
        assert!(named("WECHAT_WHATEVER").is_some_and(|named| named.row.is_none()));
        assert!(named("APP_ID").is_some_and(|named| named.is_ambiguous));
        assert!(named("WECHAT_APP_ID").is_some_and(|named| !named.is_ambiguous));
    }

    #[test]
    fn proposed_names_are_their_own_settings_and_no_spelling_is_there_twice() {
        for row in ROWS {
            assert_eq!(field(row.name), Some((row.owner, row.field)), "{}", row.name);
            for spelling in row.spellings {
                let all = ROWS.iter().filter(|other| other.owner == row.owner && other.spellings.contains(spelling));
                assert_eq!(all.count(), 1, "{spelling}");
            }
        }
    }

    #[test]
    fn near_name_is_proposed() {
        for (name, expected) in [
            ("WECHAT_PAY_APP_DI", Some("WECHAT_PAY_APP_ID")),
            ("STRIPE_SERCET_KEY", Some("STRIPE_SECRET_KEY")),
            ("ALIAPY_APP_ID", Some("ALIPAY_APP_ID")),
            ("ORDER_EXPIRE_MINUTS", Some("ORDER_EXPIRE_MINUTES")),
            ("DATABASE_URL", None),
            ("PORT", None),
        ] {
            assert_eq!(nearest(name), expected, "{name}");
        }
    }
}
