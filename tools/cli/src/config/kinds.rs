//! The kinds of findings about a file of settings: the word, how much it matters, and what a person reads.

till_providers::kinds! {
    LINE_UNREADABLE = Fault "line_unreadable" "The line is no NAME=value, no comment and not empty.";
    QUOTE_UNCLOSED = Fault "quote_unclosed" "A quote is opened and never closed.";
    TEXT_AFTER_QUOTE = Fault "text_after_quote" "There is text after the closing quote: put the whole value between the quotes.";
    VALUE_TOO_LONG = Fault "value_too_long" "The value has more than 64 KiB, which no key has.";
    NAME_TWICE = Fault "name_twice" "The name is there twice with different values: programs differ in which one they take. Keep one.";
    NAMES_DIFFER = Fault "names_differ" "Two names for the same setting have different values: keep one.";
    PLACEHOLDER = Fault "placeholder" "The value is that of a template (your_…, xxx, changeme): put in the real one.";
    NOT_SUBSTITUTED = Fault "not_substituted" "The value refers to another variable (${…}), which is not filled in: put in the value itself.";
    QUOTES_WITHIN = Warning "quotes_within" "There are quotes within the value itself: remove one pair. Till takes the value without them, other programs do not.";
    SPACES_WITHIN = Warning "spaces_within" "The value begins or ends with spaces: remove them. Till takes it without them, other programs do not.";
    LINES_WITHOUT_QUOTES = Warning "lines_without_quotes" "The key lies on several lines without quotes. Till reads it, other programs take only its first line: put it between double quotes.";
    LINE_BREAKS_LOST = Warning "line_breaks_lost" "The key has lost its line breaks. Till reads it, other programs do not: write \\n for them between double quotes.";
    VALUE_EMPTY = Note "value_empty" "The name has no value.";
    FILE_MISSING = Fault "file_missing" "There is no such file beside the file of settings. A path counts from the folder of that file.";
    FILE_UNREADABLE = Fault "file_unreadable" "The file cannot be read: it is no text, has more than 64 KiB, or is not readable for you.";
    FILE_IS_P12 = Fault "file_is_p12" "The file is a bundle (.p12). Name the files of the same download: apiclient_key.pem and apiclient_cert.pem.";
    SECRET_IN_PUBLIC_NAME = Fault "secret_in_public_name" "A secret stands under a name whose value build tools put into pages (NEXT_PUBLIC_, VITE_ and the like): everybody can read it. Rename it, and replace the secret.";
    UNKNOWN_NAME = Warning "unknown_name" "The name is not known, and was left.";
    AMBIGUOUS_NAME = Warning "ambiguous_name" "The name does not say which provider it belongs to, and neither does the rest of the file: it was left. Put WECHAT_PAY_, ALIPAY_ or STRIPE_ before it.";
    NUMBER_UNREADABLE = Fault "number_unreadable" "This is no whole number.";
    NUMBER_OUT_OF_RANGE = Fault "number_out_of_range" "The number is too small or too large.";
    NOT_TRUE_OR_FALSE = Fault "not_true_or_false" "This is neither true nor false.";
    STAGE_SETTING_REFUSED = Fault "stage_setting_refused" "Functions would not start with this setting.";
    QR_CODE_OUTLIVES_ORDER = Warning "qr_code_outlives_order" "QR codes are shown longer than orders can be paid: set QR_CODE_EXPIRE_MINUTES to ORDER_EXPIRE_MINUTES at most.";
    MOCK_MODE_WITH_LIVE_KEYS = Warning "mock_mode_with_live_keys" "PAYMENT_MOCK_MODE is true beside live keys: only test accounts would take payments.";
    SIGN_TYPE_OLD = Fault "sign_type_old" "Alipay's signatures are RSA2 here: change the application's key on the platform to RSA2 with 2048 bits.";
    NOTHING_FOUND = Fault "nothing_found" "The file has no setting of WeChat Pay, Alipay or Stripe.";
    ACCOUNT_WITHOUT_SECRET = Fault "account_without_secret" "The account has no secret: create it anew with `till accounts init`.";
    ACCOUNT_WRONG_MODE = Fault "account_wrong_mode" "Functions ignore the account: production takes live accounts alone, every other stage test accounts alone.";
    DEFAULT_ACCOUNT_MISSING = Warning "default_account_missing" "No account of this provider is on and the default: its methods are not offered.";
}
