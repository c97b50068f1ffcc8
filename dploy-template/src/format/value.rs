//! Values of any type under a verb.

use super::printer::Printer;
use crate::error::Failure;
use crate::value::{Kind, MAX_NESTING, Stringer, Text, Time, Value};

impl Printer {
    /// A value under a verb, as Go's reflection prints it.
    pub(super) fn value(&mut self, value: &Value, verb: char, depth: usize) -> Result<(), Failure> {
        if depth > MAX_NESTING {
            return Err(Failure::limit(format!("values nest deeper than {MAX_NESTING} levels")));
        }
        self.check()?;
        if verb == 'w' && matches!(value.kind(), Kind::Slice | Kind::Map | Kind::Struct | Kind::Pointer) {
            return self.bad_verb(value, verb, depth);
        }
        let written = match value {
            Value::Nil | Value::NilInterface => {
                self.nil_element();
                true
            }
            Value::Bool(b) => {
                let suits = matches!(verb, 't' | 'v');
                if suits {
                    self.boolean(*b);
                }
                suits
            }
            Value::Int(n) | Value::Int64(n) => self.signed(*n, verb),
            Value::Uint8(n) => self.unsigned(u64::from(*n), verb),
            Value::Uint64(n) => self.unsigned(*n, verb),
            Value::Float64(f) => self.float(*f, verb),
            Value::Complex128(re, im) => self.complex(*re, *im, verb),
            Value::String(text) => self.string(text, verb),
            Value::Time(time) => {
                if !self.time(time, verb) {
                    self.time_fields(time, verb, depth)?;
                }
                true
            }
            Value::Stringer(Stringer::Version(version)) if !self.prints_itself(verb) => {
                return self.value(&version.object(), verb, depth + 1);
            }
            Value::Stringer(stringer) => self.stringer(stringer, verb),
            Value::List(_) | Value::Map(_) if self.flags.sharp_v && verb == 'v' && value.is_nil() => {
                self.out.push_str(&format!("{}(nil)", value.type_name()));
                true
            }
            Value::List(list) => match list.bytes() {
                Some(bytes) if matches!(verb, 's' | 'q' | 'x' | 'X') => self.string(&Text::from(bytes), verb),
                _ => return self.list(value, list.items(), verb, depth),
            },
            Value::Map(dict) => return self.map(value, &dict.entries(), verb, depth),
            Value::Struct(object) => return self.object(object, verb, depth),
            Value::Pointer(pointer) => match pointer.target() {
                None if self.flags.sharp_v => {
                    self.out.push_str(&format!("({})(nil)", value.type_name()));
                    true
                }
                None if verb == 'v' => {
                    self.pad(b"<nil>", None);
                    true
                }
                // Go prints the address, which is 0.
                None => matches!(verb, 'b' | 'o' | 'd' | 'x' | 'X') && self.unsigned(0, verb),
                Some(Value::Stringer(stringer)) if self.prints_itself(verb) => self.stringer(stringer, verb),
                Some(target) => {
                    self.out.push_byte(b'&');
                    return self.value(target, verb, depth + 1);
                }
            },
        };
        if written { Ok(()) } else { self.bad_verb(value, verb, depth) }
    }

    /// The unexported fields that a verb shows which is not for texts. Go
    /// prints the address of a zone other than UTC.
    fn time_fields(&mut self, time: &Time, verb: char, depth: usize) -> Result<(), Failure> {
        self.out.push_byte(b'{');
        self.value(&Value::Uint64(u64::from(time.nanos())), verb, depth + 1)?;
        self.out.push_byte(b' ');
        self.value(&Value::Int64(time.seconds()), verb, depth + 1)?;
        self.out.push_byte(b' ');
        self.value(&Value::pointer("time.Location", None), verb, depth + 1)?;
        self.out.push_byte(b'}');
        Ok(())
    }

    /// A nil inside a list, map or struct, which takes no padding.
    fn nil_element(&mut self) {
        self.out.push_str(if self.flags.sharp_v { "interface {}(nil)" } else { "<nil>" });
    }

    fn list(&mut self, value: &Value, items: &[Value], verb: char, depth: usize) -> Result<(), Failure> {
        if verb == 'p' {
            return self.bad_verb(value, verb, depth);
        }
        let sharp = self.flags.sharp_v;
        if sharp {
            let name = value.type_name();
            self.out.push_str(if depth == 0 && name == "[]uint8" { "[]byte" } else { &name });
        }
        self.out.push_byte(if sharp { b'{' } else { b'[' });
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push_str(if sharp { ", " } else { " " });
            }
            self.value(item, verb, depth + 1)?;
        }
        self.out.push_byte(if sharp { b'}' } else { b']' });
        Ok(())
    }

    fn map(&mut self, value: &Value, entries: &[(Text, Value)], verb: char, depth: usize) -> Result<(), Failure> {
        if verb == 'p' {
            return self.bad_verb(value, verb, depth);
        }
        let sharp = self.flags.sharp_v;
        if sharp {
            self.out.push_str(&value.type_name());
            self.out.push_byte(b'{');
        } else {
            self.out.push_str("map[");
        }
        for (index, (key, item)) in entries.iter().enumerate() {
            if index > 0 {
                self.out.push_str(if sharp { ", " } else { " " });
            }
            self.value(&Value::String(key.clone()), verb, depth + 1)?;
            self.out.push_byte(b':');
            self.value(item, verb, depth + 1)?;
        }
        self.out.push_byte(if sharp { b'}' } else { b']' });
        Ok(())
    }

    fn object(&mut self, object: &crate::value::Object, verb: char, depth: usize) -> Result<(), Failure> {
        let sharp = self.flags.sharp_v;
        if sharp {
            self.out.push_str(object.type_name());
        }
        self.out.push_byte(b'{');
        for (index, (name, item)) in object.fields().enumerate() {
            if index > 0 {
                self.out.push_str(if sharp { ", " } else { " " });
            }
            if sharp || self.flags.plus_v {
                self.out.push_str(name);
                self.out.push_byte(b':');
            }
            self.value(item, verb, depth + 1)?;
        }
        self.out.push_byte(b'}');
        Ok(())
    }
}
