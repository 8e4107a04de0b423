//! The kinds of findings about an account: the word, how much it matters, and what a person reads.

use crate::kinds;

kinds! {
    // Any key.
    SETTING_MISSING = Fault "setting_missing" "This setting is missing.";
    SETTING_REFUSED = Fault "setting_refused" "Functions do not accept this setting.";
    SETTINGS_UNREADABLE = Fault "settings_unreadable" "The account's settings are no JSON object of the fields that its provider has: create the account anew with `till accounts init`.";
    KEY_UNREADABLE = Fault "key_unreadable" "This is no key: neither PEM nor base64 of one. Copy the whole file, from -----BEGIN to the end of the last line.";
    KEY_CUT = Fault "key_cut" "The key begins, and is cut off: a value without quotes ends with its line. Put the whole key between double quotes, write \\n for its line breaks, or name its file.";
    KEY_DAMAGED = Fault "key_damaged" "It looks like a key of the right kind, but its numbers make no sense: copy it again.";
    KEY_TOO_SHORT = Fault "key_too_short" "The key has less than 2048 bits, which no provider accepts: make a new one.";
    KEY_ENCRYPTED = Fault "key_encrypted" "The key is under a password. Take it away: openssl pkey -in KEY.pem -out PLAIN.pem";
    KEY_NOT_RSA = Fault "key_not_rsa" "The key is not for RSA (it may be EC, Ed25519 or SM2): the provider signs and verifies with RSA alone.";
    KEY_IS_SSH = Fault "key_is_ssh" "This is a key of OpenSSH: use the file that the provider's platform or tool gave you.";
    KEY_IS_REQUEST = Fault "key_is_request" "This is a request for a certificate (CSR). The key lies in the file that was made together with it.";
    PUBLIC_AS_PRIVATE = Fault "public_as_private" "This is a public key, where the private one is needed.";
    CERTIFICATE_AS_PRIVATE = Fault "certificate_as_private" "This is a certificate, where the private key is needed: for WeChat Pay that is apiclient_key.pem.";
    PRIVATE_AS_PUBLIC = Fault "private_as_public" "This is a private key, where a public one is needed. If it is your own, nobody else should have it: make a new pair if it was shared.";
    NOT_A_CERTIFICATE = Fault "not_a_certificate" "This is a key, where a certificate is needed (-----BEGIN CERTIFICATE-----).";
    KEY_IS_PKCS1 = Note "key_is_pkcs1" "The key is in the form PKCS#1 (BEGIN RSA PRIVATE KEY). Till takes it as it is; programs in Java want PKCS#8.";
    // Certificates.
    CERTIFICATE_EXPIRED = Fault "certificate_expired" "The certificate has expired: get a new one on the provider's platform, and put it and its serial number here.";
    CERTIFICATE_ENDS_SOON = Warning "certificate_ends_soon" "The certificate ends within 30 days: get the next one now.";
    CERTIFICATE_NOT_YET_VALID = Fault "certificate_not_yet_valid" "The certificate is not valid yet: see whether this machine's clock is right.";
    // Addresses.
    ADDRESS_NOT_HTTPS = Fault "address_not_https" "The address must begin with https://. Providers send nothing to http://.";
    ADDRESS_WITH_QUERY = Fault "address_with_query" "The address must have no query (?…) and no fragment (#…): WeChat Pay refuses it.";
    ADDRESS_WITH_USER = Fault "address_with_user" "The address must contain no user and no password.";
    ADDRESS_OF_THIS_MACHINE = Fault "address_of_this_machine" "The address is that of this machine (localhost): providers cannot reach it.";
    ADDRESS_PRIVATE = Fault "address_private" "The address lies in a private network: providers cannot reach it.";
    ADDRESS_TWO_SLASHES = Fault "address_two_slashes" "The address has two slashes in a row after its host: routes do not match it.";
    ADDRESS_TOO_LONG = Fault "address_too_long" "The address is too long: WeChat Pay takes 255 characters, Alipay 256.";
    ADDRESS_MALFORMED = Fault "address_malformed" "This is no address of visible ASCII characters with a host.";
    // WeChat Pay.
    WECHAT_APPID_SHAPE = Fault "wechat_appid_shape" "WeChat's app id is wx and 16 small letters or digits: product centre, AppID management.";
    WECHAT_MCHID_SHAPE = Fault "wechat_mchid_shape" "The merchant's number is digits alone, usually ten: account centre, merchant information.";
    WECHAT_IDS_SWAPPED = Fault "wechat_ids_swapped" "App id and merchant number are exchanged: the app id begins with wx, the merchant number is digits.";
    WECHAT_APPID_IS_ALIPAYS = Fault "wechat_appid_is_alipays" "This is an app id of Alipay's (20…), where WeChat's (wx…) is needed.";
    WECHAT_APP_SECRET = Fault "wechat_app_secret" "This looks like the app's secret (AppSecret) or a v2 key: 32 hexadecimal digits are no serial number. The serial number stands beside the API certificate: account centre, API security.";
    SERIAL_SHAPE = Fault "serial_shape" "The serial number is hexadecimal digits alone, 40 as a rule, without colons and spaces.";
    SERIAL_NOT_OF_CERTIFICATE = Fault "serial_not_of_certificate" "The serial number is not that of the merchant's certificate: WeChat Pay would refuse every request.";
    SERIAL_IS_PUBLIC_KEY_ID = Fault "serial_is_public_key_id" "This is the id of WeChat Pay's public key (PUB_KEY_ID_…). The serial number of your own API certificate is needed here.";
    WECHAT_PAIR_DIFFERS = Fault "wechat_pair_differs" "The private key and the merchant's certificate do not belong together: take apiclient_key.pem and apiclient_cert.pem of the same download.";
    CERTIFICATE_OF_ANOTHER_MERCHANT = Fault "certificate_of_another_merchant" "The certificate is another merchant's: its name is not the merchant number.";
    PLATFORM_CERTIFICATE_AS_MERCHANTS = Fault "platform_certificate_as_merchants" "This is WeChat Pay's own (platform) certificate, where the merchant's is needed: apiclient_cert.pem.";
    MERCHANT_CERTIFICATE_AS_PLATFORMS = Fault "merchant_certificate_as_platforms" "This is the merchant's own certificate, where WeChat Pay's (platform) certificate is needed.";
    APIV3_KEY_LENGTH = Fault "apiv3_key_length" "The APIv3 key must be exactly 32 bytes: the text that you chose under account centre, API security, APIv3 key.";
    APIV3_KEY_IS_V2_KEY = Warning "apiv3_key_is_v2_key" "The APIv3 key equals the key of interface v2. They are two keys: if the first one was never set on the platform, callbacks cannot be decrypted.";
    ONLY_V2_KEY = Fault "only_v2_key" "There is only the key of interface v2, with which Till makes no account yet. With it alone payments would work, and refunds would not: they need the merchant's certificate. For v3 set an APIv3 key and get an API certificate: account centre, API security.";
    PUBLIC_KEY_ID_WITHOUT_KEY = Fault "public_key_id_without_key" "WeChat Pay's public key is missing beside its id: download pub_key.pem under account centre, API security.";
    PUBLIC_KEY_WITHOUT_ID = Fault "public_key_without_id" "The id of WeChat Pay's public key (PUB_KEY_ID_…) is missing beside the key: account centre, API security.";
    PUBLIC_KEY_ID_SHAPE = Fault "public_key_id_shape" "The id of WeChat Pay's public key is PUB_KEY_ID_ and letters or digits.";
    PUBLIC_KEY_IS_CERTIFICATE = Fault "public_key_is_certificate" "This is a certificate, where WeChat Pay's public key (pub_key.pem) is needed.";
    PUBLIC_KEY_IS_OWN = Fault "public_key_is_own" "This is the public part of the merchant's own key, where WeChat Pay's public key (pub_key.pem) is needed.";
    PLATFORM_KEYS_DOWNLOADED = Note "platform_keys_downloaded" "There is no public key of WeChat Pay's: its certificates are downloaded when first needed. Newer merchants have none, and need the public key and its id.";
    // Alipay.
    ALIPAY_APP_ID_SHAPE = Fault "alipay_app_id_shape" "Alipay's app id is digits alone, usually 16 that begin with 20: open platform, console.";
    ALIPAY_APP_ID_IS_WECHATS = Fault "alipay_app_id_is_wechats" "This is an app id of WeChat's (wx…), where Alipay's (20…) is needed.";
    ALIPAY_APP_ID_IS_SELLER = Fault "alipay_app_id_is_seller" "This is the number of a seller (2088…), where the app id is needed.";
    SELLER_ID_SHAPE = Fault "seller_id_shape" "The seller's number is 16 digits that begin with 2088: the account's partner id (PID), open platform, account.";
    ALIPAY_KEY_IS_OWN = Fault "alipay_key_is_own" "This is the application's own public key. Alipay's is another one, and stands beside it on the platform: development settings, interface signing.";
    ALIPAY_PAIR_DIFFERS = Fault "alipay_pair_differs" "The application's private key and its public key or certificate do not belong together.";
    ALIPAY_CERTIFICATES_INCOMPLETE = Fault "alipay_certificates_incomplete" "Certificate mode needs three files: appCertPublicKey, alipayCertPublicKey_RSA2 and alipayRootCert.";
    ALIPAY_KEY_AND_CERTIFICATES = Fault "alipay_key_and_certificates" "There are Alipay's public key and certificates: an application has one or the other. Keep what the platform shows under interface signing.";
    GATEWAY_DEAD = Fault "gateway_dead" "Alipay's old test gateway (openapi.alipaydev.com) is gone. The current one is https://openapi-sandbox.dl.alipaydev.com";
    GATEWAY_OF_OTHER_MODE = Fault "gateway_of_other_mode" "A live account uses https://openapi.alipay.com, a test account https://openapi-sandbox.dl.alipaydev.com, and this is the other one's.";
    GATEWAY_UNKNOWN = Fault "gateway_unknown" "This is no gateway of Alipay's: leave it out, and Till uses the right one.";
    CONTENT_KEY_UNSUPPORTED = Warning "content_key_unsupported" "Contents encrypted with AES are not supported: switch the encryption of contents off on Alipay's platform, or its answers cannot be read.";
    // Stripe.
    STRIPE_KEY_SHAPE = Fault "stripe_key_shape" "This is no whole key of Stripe's: secret keys begin with sk_live_ or sk_test_, restricted ones with rk_, publishable ones with pk_.";
    STRIPE_TEST_KEY_IN_LIVE = Fault "stripe_test_key_in_live" "This is a test key in a live account: no real money would come.";
    STRIPE_LIVE_KEY_IN_TEST = Fault "stripe_live_key_in_test" "This is a live key in a test account: it would take real money.";
    STRIPE_PUBLISHABLE_AS_SECRET = Fault "stripe_publishable_as_secret" "This is a publishable key (pk_…), where the secret one (sk_…) is needed.";
    STRIPE_SECRET_AS_PUBLISHABLE = Fault "stripe_secret_as_publishable" "This is a secret key, where the publishable one (pk_…) is needed: it would be shown to every buyer. If it was, roll it at Stripe now.";
    STRIPE_RESTRICTED_KEY = Note "stripe_restricted_key" "This is a restricted key: it must be allowed to write Checkout Sessions, PaymentIntents and refunds, and to read disputes and its account.";
    STRIPE_KEYS_OF_TWO_MODES = Fault "stripe_keys_of_two_modes" "The publishable key and the secret key are of two modes, one of them live and one test.";
    WEBHOOK_SECRET_MISSING = Fault "webhook_secret_missing" "The webhook's signing secret (whsec_…) is missing: no event would be believed. It stands beside the endpoint: Stripe, developers, webhooks.";
    WEBHOOK_SECRET_SHAPE = Fault "webhook_secret_shape" "A webhook's signing secret begins with whsec_ and has no spaces.";
    WEBHOOK_SECRET_IS_ENDPOINT = Fault "webhook_secret_is_endpoint" "This is the id of a webhook's endpoint (we_…), where its signing secret (whsec_…) is needed.";
    WEBHOOK_SECRET_IS_KEY = Fault "webhook_secret_is_key" "This is an API key of Stripe's, where the webhook's signing secret (whsec_…) is needed.";
    // What the provider says to a question.
    PROBE_FITS = Note "probe_fits" "The provider accepts a signed question of this account.";
    CLOCK_OFF = Fault "clock_off" "This machine's clock differs from the provider's by more than five minutes: signed requests are refused. Set the clock by NTP.";
    PROVIDER_UNREACHABLE = Unchecked "provider_unreachable" "The provider cannot be reached from here: see whether a network or proxy is in between.";
    PROVIDER_BUSY = Unchecked "provider_busy" "The provider did not answer the question for now: try again.";
    WECHAT_SIGNATURE_REFUSED = Fault "wechat_signature_refused" "WeChat Pay does not accept the signature: the private key, its serial number and the merchant number do not belong together, or the certificate was replaced on the platform.";
    WECHAT_MERCHANT_UNKNOWN = Fault "wechat_merchant_unknown" "WeChat Pay does not know this merchant number.";
    WECHAT_NOT_PERMITTED = Fault "wechat_not_permitted" "WeChat Pay does not permit this merchant to make the call: see whether the product is opened on the platform.";
    ALIPAY_SIGNATURE_REFUSED = Fault "alipay_signature_refused" "Alipay does not accept the signature: the public key on its platform is not that of this private key, or belongs to another application.";
    ALIPAY_APP_UNKNOWN = Fault "alipay_app_unknown" "Alipay does not know this app id at this gateway: live and test have applications of their own.";
    ALIPAY_NOT_PERMITTED = Fault "alipay_not_permitted" "Alipay does not permit this application to make the call: see whether the product is signed and the application is online.";
    ANSWER_NOT_BELIEVED = Fault "answer_not_believed" "The provider answered, and its signature does not fit the key that is set for it: see whether it is really the provider's, and of the same mode.";
    STRIPE_KEY_REFUSED = Fault "stripe_key_refused" "Stripe does not accept the secret key: it was rolled, deleted or has expired.";
    STRIPE_KEY_MAY_NOT = Warning "stripe_key_may_not" "Stripe accepts the key, and does not allow it to read its account: allow a restricted key that, or state the account with `till accounts init --stripe-account`.";
    PROBE_REFUSED = Fault "probe_refused" "The provider refused a harmless question.";
}
