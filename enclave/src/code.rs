//! Code: what each source was compiled to, the source itself, and how many subcontracts have it.
//!
//! Guards invariant 12: compiled code is written here and nowhere else, from a source. It lies beside
//! the trie, under the hash of the source, which the account record of each subcontract names; so the
//! root covers it, and the same source is stored once (docs/adr/0068).

use crate::bill;
use crate::execution::Execution;
use crate::platform::Platform;
use crate::record::corrupt;
use crate::state::unreadable;
use conclave_abi::error::{ErrorCode, Failure};
use conclave_abi::key;
use conclave_engine::port::Guest;
use conclave_engine::{Compiled, CompiledError, Program};
use conclave_nested_trie::{Corrupt, Fault, sealed, unsealed};
use std::rc::Rc;

/// What is stored of a program. The number is the first byte of the host key, above those of the trie;
/// the hash of the source follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Part {
    /// What calls run.
    Compiled = key::COMPILED,
    /// The source, and how it is turned into a function.
    Source = 0x11,
    /// How many subcontracts have it, and what each is billed for it.
    Holders = 0x12,
}

impl Part {
    fn host_key(self, hash: &[u8; 32]) -> Vec<u8> {
        [&[self as u8], hash.as_slice()].concat()
    }
}

/// Bytes of the record of holders: version, checksum, two numbers.
const HOLDERS_BYTES: usize = 17;

/// Who has a code.
#[derive(Debug, Clone, Copy, Default)]
struct Holders {
    count: u32,
    /// What each of them is billed.
    bytes: u32,
}

/// Code that a subcontract is to have.
pub(crate) struct Code {
    pub(crate) compiled: Rc<Compiled>,
    /// Bytes billed for it, whoever else has the same.
    pub(crate) billed_bytes: u32,
}

impl<P: Platform> Execution<P> {
    /// Makes a source's code: what is stored of it, or compiled now.
    ///
    /// # Errors
    /// `E_SYNTAX`, `E_SOURCE`, `E_TOO_DEEP`, `E_TOO_LARGE`, `E_TABLES`, `E_CORRUPT`.
    pub(crate) fn code_of(
        &self,
        guest: &mut dyn Guest,
        id: &str,
        source: &str,
    ) -> Result<Code, Failure> {
        let hash = self.platform().sha256(source.as_bytes());
        let mut holders = self.holders(&hash)?;
        let known = match holders.count {
            0 => None,
            _ => self.unless_stale(id, hash)?,
        };
        let compiled = match known {
            Some(known) => known,
            None => self.compile(guest, id, (source, hash))?,
        };
        if holders.count == 0 {
            holders.bytes = self.price(&hash)?;
        }
        holders.count += 1;
        self.put_holders(&hash, holders);
        self.programs
            .borrow_mut()
            .insert(id.to_owned(), Rc::clone(&compiled));
        Ok(Code {
            compiled,
            billed_bytes: holders.bytes,
        })
    }

    /// Takes note that a subcontract less has this code; nothing is left of it after the last one.
    ///
    /// # Errors
    /// `E_CORRUPT`.
    pub(crate) fn drop_code(&self, hash: &[u8; 32]) -> Result<(), Failure> {
        let mut holders = self.holders(hash)?;
        match holders.count {
            0 => return Err(corrupt("who has a code")),
            1 => {
                for part in [Part::Compiled, Part::Source, Part::Holders] {
                    self.put_part(part, hash, None);
                }
            }
            _ => {
                holders.count -= 1;
                self.put_holders(hash, holders);
            }
        }
        Ok(())
    }

    /// Compiles stored code again where another build of the engine had compiled it; says whether.
    ///
    /// # Errors
    /// `E_CORRUPT`, and why this build does not take the source any more.
    pub(crate) fn compile_again(
        &self,
        guest: &mut dyn Guest,
        id: &str,
        hash: [u8; 32],
    ) -> Result<bool, Failure> {
        if self.unless_stale(id, hash)?.is_some() {
            return Ok(false);
        }
        let stored = self.stored_source(&hash)?;
        self.compile(guest, id, (&stored.source, hash))?;
        Ok(true)
    }

    /// Checks and compiles a source, by the rules of this build.
    fn compile(
        &self,
        guest: &mut dyn Guest,
        id: &str,
        (source, hash): (&str, [u8; 32]),
    ) -> Result<Rc<Compiled>, Failure> {
        let compiled = guest.compile(id, source, hash);
        // A pattern in the source may have asked for tables that are not there.
        self.check_alive()?;
        let (program, compiled) = compiled?;
        self.put_part(Part::Source, &hash, Some(&program.to_bytes()));
        self.put_part(Part::Compiled, &hash, Some(&compiled.to_bytes()));
        Ok(Rc::new(compiled))
    }

    fn unless_stale(&self, id: &str, hash: [u8; 32]) -> Result<Option<Rc<Compiled>>, Failure> {
        match self.compiled(id, hash) {
            Err(failure) if failure.is(ErrorCode::StaleCode) => Ok(None),
            other => other.map(Some),
        }
    }

    /// The program of a subcontract.
    ///
    /// # Errors
    /// `E_UNKNOWN_SUBCONTRACT`, `E_STALE_CODE`, `E_CORRUPT`.
    ///
    /// # Cost
    /// Two storage reads the first time, none after.
    pub(crate) fn program(&self, id: &str) -> Result<Rc<Compiled>, Failure> {
        if let Some(known) = self.programs.borrow().get(id) {
            return Ok(Rc::clone(known));
        }
        let (_, payload) = self.state.account(id)?.ok_or_else(|| unknown(id))?;
        let program = self.compiled(id, payload.code_hash)?;
        self.programs
            .borrow_mut()
            .insert(id.to_owned(), Rc::clone(&program));
        Ok(program)
    }

    /// Makes a subcontract run this code for the rest of the execution, whatever it has now.
    ///
    /// # Errors
    /// `E_STALE_CODE`, `E_CORRUPT`.
    pub(crate) fn pin_program(&self, id: &str, hash: [u8; 32]) -> Result<(), Failure> {
        let program = self.compiled(id, hash)?;
        self.programs.borrow_mut().insert(id.to_owned(), program);
        Ok(())
    }

    /// Names that can be called, sorted, and whether the code has to be compiled first.
    ///
    /// # Errors
    /// `E_CORRUPT`.
    pub(crate) fn methods(&self, id: &str, hash: [u8; 32]) -> Result<(Vec<String>, bool), Failure> {
        if let Some(program) = self.unless_stale(id, hash)? {
            return Ok((program.methods().map(str::to_owned).collect(), false));
        }
        let program = self.stored_source(&hash)?;
        Ok((program.methods().map(str::to_owned).collect(), true))
    }

    /// A source that some subcontract has.
    ///
    /// # Errors
    /// `E_CORRUPT`.
    pub(crate) fn stored_source(&self, hash: &[u8; 32]) -> Result<Program, Failure> {
        let (record, body_at) = self.existing_part(Part::Source, hash)?;
        Program::from_bytes(&record[body_at..]).ok_or_else(|| corrupt("a stored source"))
    }

    fn compiled(&self, id: &str, hash: [u8; 32]) -> Result<Rc<Compiled>, Failure> {
        let (record, body_at) = self.existing_part(Part::Compiled, &hash)?;
        let program = Compiled::from_bytes(hash, record, body_at);
        let program = program.map_err(|error| match error {
            CompiledError::Stale => stale(id),
            CompiledError::Malformed => corrupt(&format!("the compiled code of {id}")),
        })?;
        Ok(Rc::new(program))
    }

    fn holders(&self, hash: &[u8; 32]) -> Result<Holders, Failure> {
        let Some((record, body_at)) = self.part(Part::Holders, hash)? else {
            return Ok(Holders::default());
        };
        let (numbers, rest) = record[body_at..].as_chunks::<4>();
        let ([count, bytes], []) = (numbers, rest) else {
            return Err(corrupt("who has a code"));
        };
        let [count, bytes] = [count, bytes].map(|number| u32::from_be_bytes(*number));
        Ok(Holders { count, bytes })
    }

    fn put_holders(&self, hash: &[u8; 32], Holders { count, bytes }: Holders) {
        let body = [count, bytes].map(u32::to_be_bytes);
        self.put_part(Part::Holders, hash, Some(body.as_flattened()));
    }

    /// Bytes that all parts of new code take, with what NEAR adds to each.
    fn price(&self, hash: &[u8; 32]) -> Result<u32, Failure> {
        let mut bytes = bill::of_record(hash.len() + 1, HOLDERS_BYTES);
        for part in [Part::Compiled, Part::Source] {
            let stored = self.record(&part.host_key(hash));
            let stored = stored.ok_or_else(|| corrupt("new code"))?;
            bytes += bill::of_record(hash.len() + 1, stored.len());
        }
        Ok(u32::try_from(bytes).expect("invariant: a source is bounded, and its code"))
    }

    /// The record of a part, and where its body begins: as this execution has written it, or as it is
    /// on chain.
    fn part(&self, part: Part, hash: &[u8; 32]) -> Result<Option<(Vec<u8>, usize)>, Failure> {
        let host_key = part.host_key(hash);
        let Some(record) = self.record(&host_key) else {
            return Ok(None);
        };
        match unsealed(&host_key, &record) {
            Ok(body) => {
                let body_at = record.len() - body.len();
                Ok(Some((record, body_at)))
            }
            Err(fault) => Err(unreadable(Corrupt { host_key, fault })),
        }
    }

    /// A part that a subcontract has.
    fn existing_part(&self, part: Part, hash: &[u8; 32]) -> Result<(Vec<u8>, usize), Failure> {
        let missing = || {
            unreadable(Corrupt {
                host_key: part.host_key(hash),
                fault: Fault::Missing,
            })
        };
        self.part(part, hash)?.ok_or_else(missing)
    }

    /// A host record beside the tries, as this execution has written it, or as it is on chain.
    pub(crate) fn record(&self, host_key: &[u8]) -> Option<Vec<u8>> {
        let journal = self.journal.borrow();
        match journal.record(host_key) {
            Some(written) => written.map(<[u8]>::to_vec),
            None => self.platform().read(host_key),
        }
    }

    fn put_part(&self, part: Part, hash: &[u8; 32], body: Option<&[u8]>) {
        let host_key = part.host_key(hash);
        let record = body.map(|body| sealed(&host_key, body));
        self.journal.borrow_mut().set_record(host_key, record);
    }
}

/// A failure for an id that no subcontract has.
pub(crate) fn unknown(id: &str) -> Failure {
    let message = format!("there is no subcontract {id}");
    Failure::new(ErrorCode::UnknownSubcontract, message)
}

fn stale(id: &str) -> Failure {
    let message = format!(
        "the code of {id} was compiled for another build of the engine; anyone may call \
         compile {{\"id\": \"{id}\"}} once, and call again"
    );
    Failure::new(ErrorCode::StaleCode, message)
}
