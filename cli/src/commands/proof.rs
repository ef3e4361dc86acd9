//! `conclave state root`, `proof` and `verify`: the hash of everything, and what is shown under it.

use std::path::Path;

use anyhow::Context as _;
use conclave_abi::request::{Proof, StateRoot};
use conclave_nested_trie::Hash;
use serde::Serialize;

use crate::arguments::Via;
use crate::claim::Claim;
use crate::code::Code;
use crate::commands::{Context, checked_id, read_file};
use crate::enclave::{Enclave, Viewed};
use crate::failure::Failed;
use crate::home;
use crate::state::{self, Entry};
use crate::units::{bytes_text, gas_text};

/// Who said it, when, at what cost.
#[derive(Serialize)]
struct Asked {
    height: u64,
    via: &'static str,
    /// What the view burnt and nobody paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    gas: Option<u64>,
}

#[derive(Serialize)]
struct Rooted {
    root: String,
    #[serde(flatten)]
    asked: Asked,
}

#[derive(Serialize)]
struct Proven {
    claim: Claim,
    entry: Option<Entry>,
    #[serde(flatten)]
    asked: Asked,
}

#[derive(Serialize)]
struct Verified<'a> {
    id: &'a str,
    key: &'a str,
    root: String,
    is_root_told: bool,
    entry: Option<Entry>,
}

pub(super) fn root(context: Context<'_>, via: Via) -> anyhow::Result<()> {
    let mut chain = home::open(&context.global.home)?;
    let account = &context.global.enclave;
    let height = chain.head().height;
    let (StateRoot { root }, gas) = match via {
        Via::View => viewed(Enclave::new(&mut chain, account.clone()).state_root())?,
        Via::Records => (state::root(&chain, account)?, None),
    };
    let asked = Asked::new(height, via, gas);
    let rooted = Rooted { root, asked };
    context.report.data(&rooted, || rooted.root.clone())?;
    context.report.note(rooted.asked.text());
    Ok(())
}

pub(super) fn prove(
    context: Context<'_>,
    (id, key): (&str, &str),
    out: Option<&Path>,
    via: Via,
) -> anyhow::Result<()> {
    checked_id(id)?;
    let mut chain = home::open(&context.global.home)?;
    let account = &context.global.enclave;
    let height = chain.head().height;
    let (Proof { root, value, proof }, gas) = match via {
        Via::View => viewed(Enclave::new(&mut chain, account.clone()).proof(id, key))?,
        Via::Records => (state::proof(&chain, account, id, key)?, None),
    };
    let (id, key) = (id.to_owned(), key.to_owned());
    let claim = Claim {
        id,
        key,
        root,
        value,
        proof,
    };
    let proven = Proven {
        entry: claim.check(None)?,
        claim,
        asked: Asked::new(height, via, gas),
    };
    if let Some(out) = out {
        let text = serde_json::to_string_pretty(&proven.claim)? + "\n";
        std::fs::write(out, text).with_context(|| format!("cannot write {}", out.display()))?;
    }
    context.report.data(&proven, || proven_text(&proven))?;
    context.report.note(proven.asked.text());
    if let Some(out) = out {
        let out = out.display();
        let hint = format!("written to {out}; check it with: conclave state verify {out}");
        context.report.note(hint);
    }
    Ok(())
}

pub(super) fn verify(
    context: Context<'_>,
    file: &Path,
    trusted: Option<&Hash>,
) -> anyhow::Result<()> {
    let claim = Claim::from_json(&read_file(file)?)?;
    checked_id(&claim.id)?;
    let entry = claim.check(trusted)?;
    let verified = Verified {
        id: &claim.id,
        key: &claim.key,
        root: trusted.map_or_else(|| claim.root.clone(), hex::encode),
        is_root_told: trusted.is_some(),
        entry,
    };
    context.report.data(&verified, || {
        let stored = stored_text(verified.entry.as_ref());
        let Verified { id, key, root, .. } = &verified;
        format!("{id} stores {stored} under {key:?}\nroot {root}")
    })?;
    if trusted.is_none() {
        context.report.note(
            "the root came with the claim: compare it with one that you trust, or give that with --root",
        );
    }
    Ok(())
}

/// What a view answered and burnt. Where it ran out of gas, the records are left to ask.
fn viewed<T>(viewed: Result<Viewed<T>, Failed>) -> Result<(T, Option<u64>), Failed> {
    match viewed {
        Ok(viewed) => Ok((viewed.value, Some(viewed.gas))),
        Err(failed) if failed.code == Code::GasExhausted.as_str() => {
            Err(failed.hint("too much is stored for a view: ask the chain with --via records"))
        }
        Err(failed) => Err(failed),
    }
}

impl Asked {
    fn new(height: u64, via: Via, gas: Option<u64>) -> Self {
        let via = match via {
            Via::View => "view",
            Via::Records => "records",
        };
        Self { height, via, gas }
    }

    fn text(&self) -> String {
        let height = self.height;
        match self.gas {
            Some(gas) => format!("at block {height}, by the view · {}", gas_text(gas)),
            None => format!("at block {height}, from the chain's records"),
        }
    }
}

fn proven_text(proven: &Proven) -> String {
    format!(
        "root   {}\nvalue  {}\nproof  {}, checked",
        proven.claim.root,
        stored_text(proven.entry.as_ref()),
        bytes_text(proven.claim.proof.len() as u64 / 2),
    )
}

fn stored_text(entry: Option<&Entry>) -> String {
    match entry {
        Some(entry) => format!("{} ({})", entry.text(), entry.kind),
        None => "nothing".to_owned(),
    }
}
