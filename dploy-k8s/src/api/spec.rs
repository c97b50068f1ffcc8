//! How a `spec` is read.

/// Reads an absent `spec` as the default one.
///
/// The first schema of these kinds did not require `spec`, so objects without it are stored, and one object that
/// cannot be read would make a whole list unreadable. The type carries `#[serde(remote = "Self")]`, which makes
/// the derives produce functions instead of trait implementations; the trait asks for an option, which serde
/// answers with none where the field is missing.
macro_rules! absent_is_default {
    ($spec:ty) => {
        impl serde::Serialize for $spec {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Self::serialize(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $spec {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct OrDefault;

                impl<'de> serde::de::Visitor<'de> for OrDefault {
                    type Value = $spec;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        formatter.write_str(concat!("a ", stringify!($spec)))
                    }

                    fn visit_none<E: serde::de::Error>(self) -> Result<Self::Value, E> {
                        Ok(Self::Value::default())
                    }

                    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
                        Ok(Self::Value::default())
                    }

                    fn visit_some<D: serde::Deserializer<'de>>(self, inner: D) -> Result<Self::Value, D::Error> {
                        <$spec>::deserialize(inner)
                    }
                }

                deserializer.deserialize_option(OrDefault)
            }
        }
    };
}

pub(super) use absent_is_default;
