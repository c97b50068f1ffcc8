//! Keys, certificates, password hashes and encryption, read back by OpenSSL.
#![cfg(feature = "crypto")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod support;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dploy_template::{Error, ErrorKind, Limits, ParseOptions, RenderOptions, Source, Template, Text, Value};
use proptest::prelude::*;
use rstest::rstest;
use support::program::skip;
use tempfile::TempDir;

/// The time of all renders, and seconds since the epoch within a day of it.
const NOW: &str = "2026-03-04T05:06:07Z";
const SOON: &str = "1772700000";

fn options(seed: u8) -> RenderOptions {
    RenderOptions::new(NOW.parse().unwrap(), [seed; 32])
}

fn render_text(template: &str, data: &Value, options: &RenderOptions) -> Result<Text, Error> {
    Template::parse("t", template, &ParseOptions::default())?.render_text(data, options)
}

fn render(template: &str, seed: u8) -> String {
    render_text(template, &Value::Nil, &options(seed)).unwrap().to_string_lossy().into_owned()
}

/// What OpenSSL prints for an input; nothing, and the test counts as skipped, where it is missing.
fn openssl(arguments: &[&str], input: &str) -> Option<String> {
    let mut command = Command::new("openssl");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        skip("openssl not found");
        return None;
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments:?}: {error}\n{input}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The parts of a rendered text between `|`.
fn parts(template: &str, seed: u8) -> Vec<String> {
    render(template, seed).split('|').map(str::to_owned).collect()
}

#[rstest]
#[case::rsa("rsa", "BEGIN RSA PRIVATE KEY", "Private-Key: (4096 bit, 2 primes)")]
#[case::by_default("", "BEGIN RSA PRIVATE KEY", "Private-Key: (4096 bit, 2 primes)")]
#[case::dsa("dsa", "BEGIN DSA PRIVATE KEY", "Private-Key: (2048 bit)")]
#[case::ecdsa("ecdsa", "BEGIN EC PRIVATE KEY", "NIST CURVE: P-256")]
#[case::ed25519("ed25519", "BEGIN PRIVATE KEY", "ED25519 Private-Key")]
fn private_keys_are_real(#[case] kind: &str, #[case] label: &str, #[case] description: &str) {
    let template = format!("{{{{ genPrivateKey {kind:?} }}}}");
    let key = render(&template, 3);
    assert!(key.starts_with(&format!("-----{label}-----\n")), "{key}");
    assert_eq!(render(&template, 3), key, "the same seed gives the same key");
    let Some(text) = openssl(&["pkey", "-noout", "-check", "-text"], &key) else { return };
    assert!(text.contains("Key is valid") && text.contains(description), "{text}");
}

#[rstest]
fn different_seeds_give_different_keys(#[values("dsa", "ecdsa", "ed25519")] kind: &str) {
    let template = format!("{{{{ genPrivateKey {kind:?} }}}}|{{{{ genPrivateKey {kind:?} }}}}");
    let (first, second) = (parts(&template, 1), parts(&template, 2));
    assert!(first[0] != first[1] && first[0] != second[0] && first[1] != second[1]);
}

/// Certificate and key of an authority and of what it signed.
struct Chain {
    folder: TempDir,
    authority: String,
    certificate: String,
    key: String,
}

impl Chain {
    /// Of a template that renders the four texts.
    fn of(template: &str) -> Self {
        let parts = parts(template, 5);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.pem"), &parts[0]).unwrap();
        Self { folder, authority: parts[0].clone(), certificate: parts[1].clone(), key: parts[2].clone() }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

const SIGNED: &str = "{{ $ca := genCA \"our-ca\" 30 }}{{ $c := genSignedCert \"wörld\" \
    (list \"10.1.2.3\" \"2001:db8::1\" \"::ffff:192.0.2.1\") (list \"a.example.com\" \"*.b.example.com\") 10 $ca }}\
    {{ $ca.Cert }}|{{ $c.Cert }}|{{ $c.Key }}";

#[test]
fn signed_certificates_verify_with_their_authority() {
    let chain = Chain::of(SIGNED);
    let authority = chain.path().join("ca.pem");
    let arguments = ["verify", "-x509_strict", "-attime", SOON, "-CAfile", authority.to_str().unwrap()];
    let Some(text) = openssl(&arguments, &chain.certificate) else { return };
    assert!(text.contains("OK"), "{text}");
    let hosted = [&arguments[..], &["-verify_hostname", "x.b.example.com", "-verify_ip", "10.1.2.3"]].concat();
    assert!(openssl(&hosted, &chain.certificate).unwrap().contains("OK"));

    let text = openssl(&["x509", "-noout", "-text", "-nameopt", "utf8"], &chain.certificate).unwrap();
    for line in [
        "Version: 3 (0x2)",
        "Signature Algorithm: sha256WithRSAEncryption",
        "Issuer: CN=our-ca",
        "Subject: CN=wörld",
        "Not Before: Mar  4 05:06:07 2026 GMT",
        "Not After : Mar 14 05:06:07 2026 GMT",
        "Public-Key: (2048 bit)",
        "X509v3 Key Usage: critical\n                Digital Signature, Key Encipherment\n",
        "TLS Web Server Authentication, TLS Web Client Authentication",
        "X509v3 Basic Constraints: critical\n                CA:FALSE",
        "DNS:a.example.com, DNS:*.b.example.com, IP Address:10.1.2.3, IP Address:2001:DB8:0:0:0:0:0:1, IP Address:192.0.2.1",
        "X509v3 Authority Key Identifier",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let public = openssl(&["x509", "-noout", "-pubkey"], &chain.certificate).unwrap();
    assert_eq!(openssl(&["pkey", "-pubout"], &chain.key).unwrap(), public, "the key belongs to the certificate");
}

#[test]
fn authorities_may_sign_and_sign_themselves() {
    let chain = Chain::of(SIGNED);
    let Some(text) = openssl(&["x509", "-noout", "-text", "-nameopt", "utf8"], &chain.authority) else { return };
    for line in [
        "Issuer: CN=our-ca",
        "Subject: CN=our-ca",
        "Not After : Apr  3 05:06:07 2026 GMT",
        "Digital Signature, Key Encipherment, Certificate Sign",
        "CA:TRUE",
        "X509v3 Subject Key Identifier",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains("X509v3 Authority Key Identifier") && !text.contains("Alternative"), "{text}");
    let authority = chain.path().join("ca.pem");
    let arguments = ["verify", "-check_ss_sig", "-attime", SOON, "-CAfile", authority.to_str().unwrap()];
    assert!(openssl(&arguments, &chain.authority).unwrap().contains("OK"));
}

/// Keys made by `openssl ecparam -genkey` and `openssl genpkey`.
const P384: &str = include_str!("keys/p384.pem");
const P521: &str = include_str!("keys/p521.pem");
const RSA_PKCS8: &str = include_str!("keys/rsa-pkcs8.pem");
const EC_PKCS8: &str = include_str!("keys/ec-pkcs8.pem");

#[rstest]
#[case::ecdsa("genPrivateKey \"ecdsa\"", "ecdsa-with-SHA256", "EC PRIVATE KEY")]
#[case::ed25519("genPrivateKey \"ed25519\"", "ED25519", "PRIVATE KEY")]
#[case::p384(&format!("print {P384:?}"), "ecdsa-with-SHA384", "EC PRIVATE KEY")]
#[case::p521(&format!("print {P521:?}"), "ecdsa-with-SHA512", "EC PRIVATE KEY")]
#[case::rsa_in_pkcs8(&format!("print {RSA_PKCS8:?}"), "sha256WithRSAEncryption", "RSA PRIVATE KEY")]
#[case::p256_in_pkcs8(&format!("print {EC_PKCS8:?}"), "ecdsa-with-SHA256", "EC PRIVATE KEY")]
fn given_keys_sign(#[case] key: &str, #[case] algorithm: &str, #[case] label: &str) {
    let chain = Chain::of(&format!(
        "{{{{ $k := {key} }}}}{{{{ $ca := genCAWithKey \"ca\" 30 $k }}}}\
         {{{{ $c := genSignedCertWithKey \"\" nil (list \"example.com\") 10 $ca $k }}}}\
         {{{{ $s := genSelfSignedCertWithKey \"self\" nil nil 10 $k }}}}\
         {{{{ $ca.Cert }}}}|{{{{ $c.Cert }}}}|{{{{ $c.Key }}}}|{{{{ $s.Cert }}}}"
    ));
    assert!(chain.key.starts_with(&format!("-----BEGIN {label}-----")), "{}", chain.key);
    let authority = chain.path().join("ca.pem");
    let arguments = ["verify", "-attime", SOON, "-CAfile", authority.to_str().unwrap()];
    let Some(text) = openssl(&arguments, &chain.certificate) else { return };
    assert!(text.contains("OK"), "{text}");
    let text = openssl(&["x509", "-noout", "-text"], &chain.certificate).unwrap();
    assert!(text.contains(&format!("Signature Algorithm: {algorithm}")), "{text}");
    assert!(text.contains("Subject Alternative Name: critical"), "the only name is critical: {text}");
    let public = openssl(&["x509", "-noout", "-pubkey"], &chain.certificate).unwrap();
    assert_eq!(openssl(&["pkey", "-pubout"], &chain.key).unwrap(), public);
}

#[test]
fn authorities_made_by_others_sign() {
    let template = "{{ $ca := buildCustomCert (b64enc .c) (b64enc .k) }}\
        {{ (genSignedCertWithKey \"x\" nil nil 10 $ca (genPrivateKey \"ed25519\")).Cert }}";
    let data = Value::map([("c", Value::from(CERTIFICATE)), ("k", Value::from(EC_PKCS8))]);
    // Theirs is valid from a later day on.
    let options = RenderOptions::new("2027-01-01T00:00:00Z".parse().unwrap(), [1; 32]);
    let certificate = render_text(template, &data, &options).unwrap().to_string_lossy().into_owned();
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    fs::write(&authority, CERTIFICATE).unwrap();
    let arguments = ["verify", "-attime", "1798900000", "-CAfile", authority.to_str().unwrap()];
    let Some(text) = openssl(&arguments, &certificate) else { return };
    assert!(text.contains("OK"), "{text}");
    let text = openssl(&["x509", "-noout", "-issuer", "-nameopt", "RFC2253"], &certificate).unwrap();
    assert_eq!(text, "issuer=CN=A certificate,O=Example\n");
}

#[test]
fn long_validities_leave_the_short_form_of_years() {
    let certificate = render("{{ (genCAWithKey \"x\" 36500 (genPrivateKey \"ecdsa\")).Cert }}", 1);
    let Some(text) = openssl(&["x509", "-noout", "-enddate"], &certificate) else { return };
    assert_eq!(text, "notAfter=Feb  8 05:06:07 2126 GMT\n");
}

#[rstest]
#[case::before_1970("genCAWithKey \"x\" -30000 $k", "times begin in 1970")]
#[case::wrapped("genCAWithKey \"x\" 106752 $k", "times begin in 1970")]
#[case::another_key(
    "genSignedCertWithKey \"x\" nil nil 1 (buildCustomCert (b64enc $ca.Cert) (b64enc (genPrivateKey \"ed25519\"))) $k",
    "doesn't match parent's PublicKey"
)]
#[case::no_address("genSelfSignedCertWithKey \"x\" (list \"1.2.3\") nil 1 $k", "error parsing ip: 1.2.3")]
#[case::not_a_string("genSelfSignedCertWithKey \"x\" (list 1.5) nil 1 $k", "error parsing ip: 1.5 is not a string")]
#[case::no_host(
    "genSelfSignedCertWithKey \"x\" nil (list true) 1 $k",
    "error processing alternate dns name: true is not a string"
)]
#[case::no_pem("genCAWithKey \"x\" 1 \"k\"", "parsing private key: no PEM data in input")]
#[case::no_key(
    "genCAWithKey \"x\" 1 $ca.Cert",
    "parsing private key: no private key data in PEM block of type CERTIFICATE"
)]
#[case::dsa("genCAWithKey \"x\" 1 (genPrivateKey \"dsa\")", "does not implement crypto.Signer")]
#[case::no_certificate("buildCustomCert \"eA==\" \"eA==\"", "unable to decode certificate")]
#[case::no_base64("buildCustomCert \"!\" \"eA==\"", "unable to decode base64 certificate")]
#[case::short("decryptAES \"k\" \"AAAA\"", "shorter than a block")]
fn errors_say_what_is_wrong(#[case] call: &str, #[case] message: &str) {
    let template =
        format!("{{{{ $k := genPrivateKey \"ecdsa\" }}}}{{{{ $ca := genCAWithKey \"ca\" 9 $k }}}}{{{{ {call} }}}}");
    let error = render_text(&template, &Value::Nil, &options(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Execute);
    assert!(error.message().contains(message), "{error}");
}

#[test]
fn bcrypt_hashes_verify() {
    let longest = "p".repeat(72);
    for password in ["", "secret", "pässwörd", &longest] {
        let hash = render(&format!("{{{{ bcrypt {password:?} }}}}"), 7);
        assert!(hash.starts_with("$2a$10$") && hash.len() == 60, "{hash}");
        assert!(bcrypt::verify(password, &hash).unwrap(), "{password:?} {hash}");
        assert!(!bcrypt::verify("another", &hash).unwrap());
    }
    let line = render("{{ htpasswd \"me\" \"secret\" }}", 7);
    assert!(bcrypt::verify("secret", line.strip_prefix("me:").unwrap()).unwrap());
    assert_ne!(render("{{ bcrypt \"x\" }}", 1), render("{{ bcrypt \"x\" }}", 2), "salts come from the seed");
}

#[test]
fn openssl_decrypts_what_is_encrypted_here() {
    let encrypted = render("{{ encryptAES \"a password\" \"some text\" }}", 9);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    if openssl(&["enc", "-base64", "-d", "-A", "-out", &path("all")], &encrypted).is_none() {
        return;
    }
    let bytes = fs::read(path("all")).unwrap();
    fs::write(path("body"), &bytes[16..]).unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut key = b"a password".to_vec();
    key.resize(32, 0);
    let (key, iv) = (hex(&key), hex(&bytes[..16]));
    let text = openssl(&["enc", "-d", "-aes-256-cbc", "-K", &key, "-iv", &iv, "-in", &path("body")], "").unwrap();
    assert_eq!(text, "some text");
}

/// Made by Go: password, text, what sprig's `encryptAES` gave.
const ENCRYPTED_BY_GO: &str = include_str!("keys/encrypted-by-go.json");

#[test]
fn what_go_encrypted_is_decrypted() {
    let cases: Vec<(String, String, String)> = serde_json::from_str(ENCRYPTED_BY_GO).unwrap();
    assert!(cases.len() >= 5);
    for (password, text, encrypted) in cases {
        assert_eq!(render(&format!("{{{{ decryptAES {password:?} {encrypted:?} }}}}"), 0), text);
    }
}

#[rstest]
#[case::rsa("{{ range 20 }}{{ $k := genPrivateKey \"rsa\" }}{{ end }}")]
#[case::dsa("{{ range 20 }}{{ $k := genPrivateKey \"dsa\" }}{{ end }}")]
#[case::ecdsa("{{ range 2000 }}{{ $k := genPrivateKey \"ecdsa\" }}{{ end }}")]
#[case::authorities("{{ range 50 }}{{ $k := genCA \"x\" 1 }}{{ end }}")]
#[case::bcrypt("{{ range 100 }}{{ $k := bcrypt \"x\" }}{{ end }}")]
#[case::scrypt("{{ range 100 }}{{ $k := derivePassword 1 \"pin\" \"a\" \"b\" \"c\" }}{{ end }}")]
fn each_call_costs_many_steps(#[case] template: &str) {
    let limits = Limits { steps: 450_000, ..Limits::default() };
    let start = Instant::now();
    let error = render_text(template, &Value::Nil, &options(1).limits(limits)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    assert!(start.elapsed() < Duration::from_secs(120), "{:?}", start.elapsed());
}

#[test]
fn default_limits_are_enough_for_a_handful() {
    let template = "{{ $ca := genCA \"ca\" 9 }}{{ range 3 }}{{ $c := genSignedCert \"x\" nil nil 9 $ca }}{{ end }}\
        {{ range 3 }}{{ $h := htpasswd \"x\" \"y\" }}{{ end }}{{ genPrivateKey \"ecdsa\" | len }}";
    assert_eq!(render(template, 4), "227");
}

fn marked() -> Value {
    let source = Source::new("params.p");
    Value::map([("p", Value::marked_string("text", &source)), ("l", Value::list([Value::marked_string("a", &source)]))])
}

#[rstest]
#[case("bcrypt .p")]
#[case("htpasswd .p \"x\"")]
#[case("htpasswd \"x\" .p")]
#[case("derivePassword 1 \"pin\" .p \"b\" \"c\"")]
#[case("derivePassword 1 .p \"a\" \"b\" \"c\"")]
#[case("encryptAES \"k\" .p")]
#[case("encryptAES .p \"k\"")]
#[case("decryptAES \"k\" (encryptAES \"k\" .p)")]
#[case("genPrivateKey .p")]
#[case("(genCAWithKey .p 1 (genPrivateKey \"ecdsa\")).Cert")]
#[case("(genSelfSignedCertWithKey \"x\" nil .l 1 (genPrivateKey \"ecdsa\")).Cert")]
#[case("(genCAWithKey .p 1 (genPrivateKey \"ecdsa\"))")]
fn what_a_user_supplied_stays_marked(#[case] expression: &str) {
    assert!(render_text(&format!("{{{{ {expression} }}}}"), &marked(), &options(1)).unwrap().is_marked());
}

#[rstest]
#[case("genPrivateKey \"ecdsa\"")]
#[case("(genCAWithKey .p 1 (genPrivateKey \"ecdsa\")).Key")]
#[case("(genCAWithKey \"x\" 1 (genPrivateKey \"ecdsa\")).Cert")]
#[case("bcrypt \"x\"")]
fn keys_that_are_made_here_are_not_marked(#[case] expression: &str) {
    assert!(!render_text(&format!("{{{{ {expression} }}}}"), &marked(), &options(1)).unwrap().is_marked());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_encrypted_can_be_decrypted(seed in any::<[u8; 32]>(), password in any::<Vec<u8>>(), text in any::<Vec<u8>>()) {
        let data = Value::map([("p", Value::String(Text::from(password))), ("t", Value::String(Text::from(text.clone())))]);
        let options = RenderOptions { seed, ..RenderOptions::default() };
        let back = render_text("{{ decryptAES .p (encryptAES .p .t) }}", &data, &options).unwrap();
        prop_assert_eq!(back.as_bytes(), text);
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn derived_passwords_have_the_characters_of_their_type(counter in any::<u32>(), site in "[a-z]{1,9}") {
        let template = format!("{{{{ derivePassword {counter} \"medium\" \"p\" \"u\" {site:?} }}}}");
        let password = render(&template, 0);
        prop_assert_eq!(password.len(), 8);
        prop_assert!(password.starts_with(|c: char| c.is_ascii_uppercase()) && password.contains(|c: char| c.is_ascii_digit()));
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_key_or_certificate_however_broken_panics(
        which in 0_usize..6,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let text = [P384, P521, RSA_PKCS8, EC_PKCS8, RSA_PKCS1, CERTIFICATE][which];
        let mut bytes = decode_pem(text);
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let broken = encode_pem(text.lines().next().unwrap(), &bytes);
        let data = Value::map([("k", Value::from(broken)), ("good", Value::from(EC_PKCS8)), ("cert", Value::from(CERTIFICATE))]);
        for template in [
            "{{ genCAWithKey \"x\" 1 .k }}",
            "{{ genSignedCertWithKey \"x\" nil nil 1 (buildCustomCert (b64enc .k) (b64enc .good)) .good }}",
            "{{ genSignedCertWithKey \"x\" nil nil 1 (buildCustomCert (b64enc .cert) (b64enc .k)) .good }}",
        ] {
            let _ = render_text(template, &data, &options(1));
        }
    }
}

/// DER of a tag with its content.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x84], &length[..], content].concat()
}

/// The shortest DER of a tag with its content.
fn short_der(tag: u8, content: &[u8]) -> Vec<u8> {
    match u8::try_from(content.len()) {
        Ok(length @ 0..128) => [&[tag, length], content].concat(),
        Ok(length) => [&[tag, 0x81, length], content].concat(),
        Err(_) if content.len() < 1 << 16 => {
            [&[tag, 0x82], &u16::try_from(content.len()).unwrap().to_be_bytes()[..], content].concat()
        }
        Err(_) => der(tag, content),
    }
}

fn integer(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let sign = bytes.get(start).is_none_or(|first| *first >= 128);
    short_der(2, &[&[0][..usize::from(sign)], &bytes[start..]].concat())
}

/// The numbers of a PKCS #1 key.
fn numbers(der: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = &der[4..];
    let mut numbers = Vec::new();
    while !rest.is_empty() {
        let (start, length) = match rest[1] {
            0x81 => (3, usize::from(rest[2])),
            0x82 => (4, usize::from(rest[2]) << 8 | usize::from(rest[3])),
            length => (2, usize::from(length)),
        };
        numbers.push(rest[start..start + length].to_vec());
        rest = &rest[start + length..];
    }
    numbers
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_numbers_in_an_rsa_key_panic(
        changes in proptest::collection::vec((1_usize..9, prop_oneof![
            Just(vec![0]), Just(vec![1]), Just(vec![2]), Just(vec![3]),
            proptest::collection::vec(any::<u8>(), 1..300),
        ]), 1..5),
        swap in any::<bool>(),
    ) {
        let mut numbers = numbers(&decode_pem(RSA_PKCS1));
        prop_assert_eq!(numbers.len(), 9);
        for (index, number) in changes {
            numbers[index] = number;
        }
        if swap {
            numbers.swap(4, 5);
        }
        let content: Vec<u8> = numbers.iter().flat_map(|number| integer(number)).collect();
        let key = encode_pem("-----BEGIN RSA PRIVATE KEY-----", &short_der(0x30, &content));
        let _ = render_text("{{ genCAWithKey \"x\" 1 .k }}", &Value::map([("k", Value::from(key))]), &options(1));
    }
}

/// Calls that would take long if their work were not bounded.
fn hostile() -> Vec<(&'static str, String)> {
    let sequence = |content: Vec<u8>| der(0x30, &content);
    let attribute = |n: u32| short_der(0x30, &[&[6, 3, 0x55, 4, 3][..], &short_der(12, &n.to_be_bytes())].concat());
    let names: Vec<u8> = (0..40_000_u32).rev().flat_map(attribute).collect();
    let certificate =
        sequence(sequence([vec![0xa0, 3, 2, 1, 2, 2, 1, 1], der(0x30, &[]), sequence(der(0x31, &names))].concat()));
    let huge = integer(&[0xff; 90_000]);
    let rsa = short_der(0x30, &[vec![2, 1, 0], huge.repeat(8)].concat());
    let key = |label: &str, bytes: &[u8]| format!("{{{{ genCAWithKey \"x\" 1 {:?} }}}}", encode_pem(label, bytes));
    let text = |text: &str| format!("{{{{ genCAWithKey \"x\" 1 {text:?} }}}}");
    vec![
        (
            "many names",
            format!(
                "{{{{ buildCustomCert (b64enc {:?}) \"\" }}}}",
                encode_pem("-----BEGIN CERTIFICATE-----", &certificate)
            ),
        ),
        ("a huge modulus", key("-----BEGIN RSA PRIVATE KEY-----", &rsa)),
        ("zeros", key("-----BEGIN DSA PRIVATE KEY-----", &vec![0; 600_000])),
        ("many ends", text(&"\n-----END X-----".repeat(60_000))),
        ("many beginnings", text(&"-----BEGIN X-----\n".repeat(50_000))),
        ("many headers", text(&format!("-----BEGIN X-----\n{}-----END X-----\n", "a: b\n".repeat(150_000)))),
        ("many blocks", text(&"-----BEGIN X-----\n\n-----END Y-----\n".repeat(25_000))),
    ]
}

#[test]
fn hostile_keys_and_certificates_are_refused_quickly() {
    for (name, template) in hostile() {
        let start = Instant::now();
        let error = render_text(&template, &Value::Nil, &options(1)).unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(20), "{name}: {:?} {error}", start.elapsed());
    }
}

#[rstest]
#[case::shared_names(
    "{{ $l := list }}{{ $s := printf \"%0500000d\" 1 }}{{ range 50 }}{{ $l = list $s $s $s $s }}{{ end }}{{ genSelfSignedCertWithKey \"x\" nil $l 1 \"\" }}"
)]
#[case::long_texts("{{ $s := printf \"%01000000d\" 1 }}{{ range 200 }}{{ $e := encryptAES $s $s }}{{ end }}")]
#[case::long_passwords(
    "{{ $s := printf \"%01000000d\" 1 }}{{ range 200 }}{{ $e := derivePassword 1 \"pin\" $s $s $s }}{{ end }}"
)]
fn long_arguments_exceed_a_bound(#[case] template: &str) {
    let error = render_text(template, &Value::Nil, &options(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
}

const RSA_PKCS1: &str = include_str!("keys/rsa-pkcs1.pem");
const CERTIFICATE: &str = include_str!("keys/certificate.pem");

fn alphabet() -> impl Iterator<Item = u8> {
    (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain(*b"+/")
}

fn decode_pem(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text
        .lines()
        .filter(|line| !line.starts_with('-'))
        .flat_map(str::bytes)
        .filter_map(|byte| alphabet().position(|known| known == byte))
        .map(|digit| u32::try_from(digit).unwrap())
        .collect();
    let bytes = digits.chunks(4).flat_map(|chunk| {
        let number = chunk.iter().fold(0, |number, digit| number << 6 | digit) << (6 * (4 - chunk.len()));
        number.to_be_bytes()[1..chunk.len()].to_vec()
    });
    bytes.collect()
}

fn encode_pem(begin: &str, bytes: &[u8]) -> String {
    let digit = |number: u32, place: u32| char::from(alphabet().nth((number >> (6 * place) & 63) as usize).unwrap());
    let mut base64 = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        base64.extend((0..=chunk.len()).map(|place| digit(number, 3 - u32::try_from(place).unwrap())));
        base64.push_str(&"="[..usize::from(chunk.len() < 3)].repeat(3 - chunk.len()));
    }
    format!("{begin}\n{base64}\n{}\n", begin.replace("BEGIN", "END"))
}
