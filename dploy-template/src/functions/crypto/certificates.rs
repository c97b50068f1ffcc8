//! sprig's certificates: `genCA`, `genSelfSignedCert`, `genSignedCert`, each
//! with a key of its own or a given one, and `buildCustomCert`.

use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::SubjectAltName;

use super::issue::{Issuer, Request, issue};
use super::key::Key;
use super::key_file::{self, within};
use super::{alternative_names, pem};
use crate::error::Failure;
use crate::exec::Env;
use crate::functions::{Args, Function, Param};
use crate::value::{SourceSet, Text, Value};

pub(in crate::functions) const FUNCTIONS: &[Function] = &[
    Function::new("buildCustomCert", &[Param::String, Param::String], build_custom_cert).doc(
        "a certificate from PEM in base64, to sign others with: certificate, then key",
        r#"(buildCustomCert (b64enc (genCA "ca" 1).Cert) (b64enc (genPrivateKey "ecdsa"))).Key | trunc 30"#,
    ),
    Function::new("genCA", &[Param::String, Param::Int], |env, args| gen_ca(env, args, None))
        .random()
        .doc("a new certificate authority, fields .Cert and .Key: name, days", r#"(genCA "my-ca" 365).Cert | trunc 27"#),
    Function::new("genCAWithKey", &[Param::String, Param::Int, Param::String], |env, args| gen_ca(env, args, Some(2)))
        .random()
        .doc("a certificate authority with a key in PEM: name, days, key", r#"(genCAWithKey "my-ca" 365 (genPrivateKey "ecdsa")).Key | trunc 30"#),
    Function::new(
        "genSelfSignedCert",
        &[Param::String, Param::List, Param::List, Param::Int],
        |env, args| self_signed(env, args, None),
    )
    .random()
    .doc(
        "a new certificate signed by itself, fields .Cert and .Key: name, addresses, host names, days",
        r#"(genSelfSignedCert "example.com" (list "10.0.0.1") (list "www.example.com") 365).Key | trunc 31"#,
    ),
    Function::new(
        "genSelfSignedCertWithKey",
        &[Param::String, Param::List, Param::List, Param::Int, Param::String],
        |env, args| self_signed(env, args, Some(4)),
    )
    .random()
    .doc(
        "a certificate signed by itself with a key in PEM: name, addresses, host names, days, key",
        r#"(genSelfSignedCertWithKey "example.com" nil nil 365 (genPrivateKey "ed25519")).Cert | trunc 27"#,
    ),
    Function::new(
        "genSignedCert",
        &[Param::String, Param::List, Param::List, Param::Int, Param::Certificate],
        |env, args| signed(env, args, None),
    )
    .random()
    .doc(
        "a new certificate signed by an authority, fields .Cert and .Key: name, addresses, host names, days, authority",
        r#"(genSignedCert "example.com" nil (list "example.com") 365 (genCA "my-ca" 365)).Cert | trunc 27"#,
    ),
    Function::new(
        "genSignedCertWithKey",
        &[Param::String, Param::List, Param::List, Param::Int, Param::Certificate, Param::String],
        |env, args| signed(env, args, Some(5)),
    )
    .random()
    .doc(
        "a certificate for a key in PEM, signed by an authority: name, addresses, host names, days, authority, key",
        r#"(genSignedCertWithKey "example.com" nil nil 365 (genCA "my-ca" 365) (genPrivateKey "ecdsa")).Key | trunc 30"#,
    ),
];

/// sprig makes its certificates with shorter keys than `genPrivateKey`.
const RSA_BITS: usize = 2048;

fn build_custom_cert(env: &mut Env<'_>, args: &Args) -> Result<Value, Failure> {
    let (certificate, key) = (args.text(0)?, args.text(1)?);
    env.budget.bytes(certificate.len() + key.len())?;
    let undecodable = |what| Failure::execute(format!("unable to decode base64 {what}"));
    let certificate_pem = pem::from_base64(certificate.as_bytes()).map_err(|_| undecodable("certificate"))?;
    let key_pem = pem::from_base64(key.as_bytes()).map_err(|_| undecodable("private key"))?;
    read_certificate(&certificate_pem)?;
    key_file::read(env, &key_pem).map_err(|failure| within("error parsing private key", failure))?;
    Ok(value(Text::computed(certificate_pem, sources([certificate])), Text::computed(key_pem, sources([key]))))
}

fn gen_ca(env: &mut Env<'_>, args: &Args, key: Option<usize>) -> Result<Value, Failure> {
    let (common_name, days) = (args.text(0)?.as_bytes(), args.int(1)?);
    let key = key_of(env, args, key)?;
    let request = Request { common_name, names: None, days, is_authority: true };
    certify(env, args, &request, key, None)
}

fn self_signed(env: &mut Env<'_>, args: &Args, key: Option<usize>) -> Result<Value, Failure> {
    let names = names(env, args)?;
    let key = key_of(env, args, key)?;
    certify(env, args, &leaf(args, names)?, key, None)
}

fn signed(env: &mut Env<'_>, args: &Args, key: Option<usize>) -> Result<Value, Failure> {
    let names = names(env, args)?;
    let issuer = issuer(env, args.any(4))?;
    let key = key_of(env, args, key)?;
    certify(env, args, &leaf(args, names)?, key, Some(&issuer))
}

/// The key in an argument, or a new one.
fn key_of(env: &mut Env<'_>, args: &Args, index: Option<usize>) -> Result<GivenKey, Failure> {
    let Some(index) = index else {
        return Ok(GivenKey { key: Key::rsa(env, RSA_BITS)?, sources: SourceSet::default() });
    };
    let text = args.text(index)?;
    let key = key_file::read(env, text.as_bytes()).map_err(|failure| within("parsing private key", failure))?;
    Ok(GivenKey { key, sources: sources([text]) })
}

/// A key, and who supplied it.
struct GivenKey {
    key: Key,
    sources: SourceSet,
}

fn sources<'a>(texts: impl IntoIterator<Item = &'a Text>) -> SourceSet {
    let mut set = SourceSet::default();
    texts.into_iter().for_each(|text| text.add_sources(&mut set));
    set
}

fn names(env: &mut Env<'_>, args: &Args) -> Result<Option<SubjectAltName>, Failure> {
    alternative_names::read(env, args.list(1)?, args.list(2)?)
}

fn leaf(args: &Args, names: Option<SubjectAltName>) -> Result<Request<'_>, Failure> {
    Ok(Request { common_name: args.text(0)?.as_bytes(), names, days: args.int(3)?, is_authority: false })
}

/// The authority in a value that another function gave.
fn issuer(env: &mut Env<'_>, value: &Value) -> Result<Issuer, Failure> {
    let field = |name: &str| match value {
        Value::Struct(object) => match object.get(name) {
            Some(Value::String(text)) => text.clone(),
            _ => Text::default(),
        },
        _ => Text::default(),
    };
    let certificate = field("Cert");
    env.budget.bytes(certificate.len())?;
    let certificate = read_certificate(certificate.as_bytes())?;
    let key = key_file::read(env, field("Key").as_bytes());
    Ok(Issuer { certificate, key: key.map_err(|failure| within("error parsing private key", failure))? })
}

fn read_certificate(text: &[u8]) -> Result<Certificate, Failure> {
    let block = pem::decode(text).ok_or_else(|| Failure::execute("unable to decode certificate"))?;
    let invalid = |error: &dyn std::fmt::Display| {
        Failure::execute(format!("error parsing certificate: decodedCert.Bytes: x509: {error}"))
    };
    let certificate = Certificate::from_der(&block.bytes).map_err(|error| invalid(&error))?;
    if certificate.tbs_certificate().signature() != certificate.signature_algorithm() {
        return Err(invalid(&"inner and outer signature algorithm identifiers don't match"));
    }
    Ok(certificate)
}

fn certify(
    env: &mut Env<'_>,
    args: &Args,
    request: &Request<'_>,
    given: GivenKey,
    issuer: Option<&Issuer>,
) -> Result<Value, Failure> {
    env.budget.bytes(request.common_name.len())?;
    let der = issue(env, request, &given.key, issuer)?;
    env.budget.value(der.len().saturating_mul(2))?;
    let certificate = Text::computed(pem::encode("CERTIFICATE", &der), args.sources());
    Ok(value(certificate, Text::computed(given.key.to_pem()?, given.sources)))
}

fn value(certificate: Text, key: Text) -> Value {
    Value::object("sprig.certificate", [("Cert", Value::String(certificate)), ("Key", Value::String(key))])
}
