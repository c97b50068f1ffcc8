//! DSA keys with parameters of their own (FIPS 186-4).

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, ConcatenatingMul as _, NonZero, Odd, RandomBits as _, RandomMod as _, Resize as _};
use crypto_primes::{Flavor, is_prime, random_prime};
use rand_chacha::ChaCha20Rng;
use x509_cert::der::asn1::{Int, Uint};
use x509_cert::der::{self, Decode as _, Encode as _};

/// Bits of the modulus p and of the order q of its subgroup, as sprig has them.
const P_BITS: u32 = 2048;
const Q_BITS: u32 = 256;
/// Candidates for p that are tried with one random start.
const TRIES: u32 = 4096;
/// What has a factor below is not tested at length.
const SMALL_FACTORS: u64 = 4096;

/// The key as OpenSSL and sprig write it: version 0, p, q, g, y, x.
pub(super) fn generate(random: &mut ChaCha20Rng) -> der::Result<Vec<u8>> {
    let (p, q) = loop {
        let q: BoxedUint = random_prime(random, Flavor::Any, Q_BITS);
        if let Some(p) = modulus(random, &q) {
            break (p, q);
        }
    };
    let g = generator(&p, &q);
    let x = loop {
        let x = NonZero::new(q.clone()).into_option().map(|q| BoxedUint::random_mod_vartime(random, &q));
        if let Some(x) = x.filter(|x| !bool::from(x.is_zero())) {
            break x;
        }
    };
    let y = power(&g, &x, &p);
    let numbers = [BoxedUint::zero(), p.get(), q, g, y, x];
    numbers.iter().map(|number| Uint::new(&number.to_be_bytes())).collect::<der::Result<Vec<_>>>()?.to_der()
}

/// Whether this is such a key.
pub(super) fn is_key(der: &[u8]) -> der::Result<bool> {
    Ok(Vec::<Int>::from_der(der)?.len() == 6)
}

/// A prime p of which p - 1 is a multiple of q.
fn modulus(random: &mut ChaCha20Rng, q: &BoxedUint) -> Option<Odd<BoxedUint>> {
    let step = NonZero::new(q.concatenating_mul(BoxedUint::from(2_u8)).resize_unchecked(P_BITS)).into_option()?;
    let start = BoxedUint::random_bits(random, P_BITS) | (BoxedUint::one().resize_unchecked(P_BITS) << (P_BITS - 1));
    let start = &start - &(&start % &step) + BoxedUint::one();
    let residues = residues(&start, &step);
    let has_factor = |index: u32| {
        residues.iter().any(|(prime, start, step)| (start + step * u64::from(index)).is_multiple_of(*prime))
    };
    for index in (0..TRIES).filter(|index| !has_factor(*index)) {
        let offset = step.concatenating_mul(BoxedUint::from(index)).resize_unchecked(P_BITS);
        let candidate = start.wrapping_add(&offset);
        if candidate.bits_vartime() == P_BITS && is_prime(Flavor::Any, &candidate) {
            return Odd::new(candidate).into_option();
        }
    }
    None
}

/// Small primes, and what remains of both numbers when divided by them.
fn residues(start: &BoxedUint, step: &BoxedUint) -> Vec<(u64, u64, u64)> {
    let (start, step) = (start.to_be_bytes(), step.to_be_bytes());
    let rest = |bytes: &[u8], prime: u64| bytes.iter().fold(0, |rest, byte| (rest * 256 + u64::from(*byte)) % prime);
    let primes = (3..SMALL_FACTORS).filter(|n| (2..*n).take_while(|d| d * d <= *n).all(|d| !n.is_multiple_of(d)));
    primes.map(|prime| (prime, rest(&start, prime), rest(&step, prime))).collect()
}

/// An element of order q modulo p.
fn generator(p: &Odd<BoxedUint>, q: &BoxedUint) -> BoxedUint {
    let q = NonZero::new(q.clone().resize_unchecked(P_BITS)).into_option();
    let exponent = q.map_or_else(BoxedUint::one, |q| p.as_ref().wrapping_sub(BoxedUint::one()).wrapping_div(&q));
    let mut base = BoxedUint::from(2_u8).resize_unchecked(P_BITS);
    loop {
        let g = power(&base, &exponent, p);
        if !bool::from(g.is_one()) {
            return g;
        }
        base = base.wrapping_add(BoxedUint::one());
    }
}

fn power(base: &BoxedUint, exponent: &BoxedUint, p: &Odd<BoxedUint>) -> BoxedUint {
    let params = BoxedMontyParams::new_vartime(p.clone());
    BoxedMontyForm::new(base.clone().resize_unchecked(P_BITS), &params).pow(exponent).retrieve()
}
