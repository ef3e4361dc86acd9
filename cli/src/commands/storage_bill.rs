//! `conclave storage-bill`: what an account pays for storage, or what all pay.

use conclave_abi::id::{SubcontractId, is_account};
use conclave_localnet::{Balance, Chain};
use serde::Serialize;

use crate::arguments;
use crate::bill::{self, Bill};
use crate::code::Code;
use crate::commands::Context;
use crate::enclave::Enclave;
use crate::failure::{Exit, Failed};
use crate::home;
use crate::report::table;
use crate::units::{balance_text, bytes_text, count_text};

/// The bills of all who pay.
#[derive(Serialize)]
struct Bills {
    bills: Vec<Bill>,
    bytes: i64,
    yocto: String,
    /// What the account stores, as the chain says.
    storage_bytes: u64,
}

pub(crate) fn run(context: Context<'_>, arguments: &arguments::StorageBill) -> anyhow::Result<()> {
    if arguments.all {
        return all(context);
    }
    let account = account(arguments)?;
    let mut chain = home::open(&context.global.home)?;
    let yocto_per_byte = yocto_per_byte(&chain);
    let enclave = Enclave::new(&mut chain, context.global.enclave.clone());
    let pages = context.report.count(None, "asking, pages");
    let bill = bill::ask(&enclave, &account, &mut || pages.inc(1));
    pages.finish_and_clear();
    let bill = bill?;
    context.report.data(&bill, || {
        let is_enclave = context.global.enclave.as_str() == account;
        bill_text(&bill, is_enclave, yocto_per_byte)
    })
}

/// Whose bill: as told, or who signs.
fn account(arguments: &arguments::StorageBill) -> Result<String, Failed> {
    let signer = arguments.signer.as_ref().map(ToString::to_string);
    let Some(account) = arguments.account.clone().or(signer) else {
        return Err(Failed::own(Code::Usage, "nobody's bill was asked for")
            .hint("name an account, or all of them with --all"));
    };
    if is_account(&account) || SubcontractId::parse(&account).is_ok() {
        return Ok(account);
    }
    let message = format!("`{account}` is neither an account nor a subcontract");
    Err(Failed::new(Exit::Rejected, "E_BAD_ID", message)
        .hint("write e.g. bob.near or token@alice.near"))
}

fn all(context: Context<'_>) -> anyhow::Result<()> {
    let mut chain = home::open(&context.global.home)?;
    let account = &context.global.enclave;
    let payers = bill::payers(&mut chain, account)?;
    let storage_bytes = chain.account(account).map_or(0, |it| it.storage_usage());
    let yocto_per_byte = yocto_per_byte(&chain);
    let enclave = Enclave::new(&mut chain, account.clone());
    let bar = context
        .report
        .count(Some(payers.len() as u64), "asking, payers");
    let bills = payers.iter().map(|payer| {
        let bill = bill::ask(&enclave, payer, &mut || ());
        bar.inc(1);
        bill
    });
    let bills = bills.collect::<Result<Vec<_>, Failed>>();
    bar.finish_and_clear();
    let bills = Bills::of(bills?, storage_bytes, yocto_per_byte)?;
    context.report.data(&bills, || bills_text(&bills))
}

impl Bills {
    /// Adds bills up. They are the price of all that is stored, or the enclave's books are wrong.
    fn of(bills: Vec<Bill>, storage_bytes: u64, yocto_per_byte: i128) -> Result<Self, Failed> {
        let bytes = bills.iter().map(|bill| bill.bytes).sum();
        let yocto = bills.iter().map(yocto_of).sum::<i128>();
        if yocto != i128::from(storage_bytes) * yocto_per_byte {
            let message = format!(
                "the bills are {yocto} yocto for {bytes} B, but {storage_bytes} B are stored"
            );
            return Err(Failed::own(Code::Internal, message));
        }
        Ok(Self {
            bills,
            bytes,
            yocto: yocto.to_string(),
            storage_bytes,
        })
    }
}

fn bill_text(bill: &Bill, is_enclave: bool, yocto_per_byte: i128) -> String {
    let row = |name: &str, bytes| priced(name, bytes, i128::from(bytes) * yocto_per_byte);
    let lines = bill.subcontracts.iter();
    let lines: Vec<_> = lines
        .map(|line| (line.id.as_str(), line.bytes as i64))
        .collect();
    let of_subcontracts: i64 = lines.iter().map(|(_, bytes)| bytes).sum();
    let mut rows: Vec<_> = lines.iter().map(|(id, bytes)| row(id, *bytes)).collect();
    if is_enclave {
        rows.push(row("(its own)", bill.bytes - of_subcontracts));
    }
    rows.push(row("all", bill.bytes));
    table(&["for", "bytes", "price"], rows)
}

fn bills_text(bills: &Bills) -> String {
    let rows = bills.bills.iter();
    let mut rows: Vec<_> = rows
        .map(|bill| priced(&bill.account, bill.bytes, yocto_of(bill)))
        .collect();
    let yocto = bills.bills.iter().map(yocto_of).sum();
    rows.push(priced("all", bills.bytes, yocto));
    format!(
        "{}\n\nthe sum is exactly what is stored: {}",
        table(&["who pays", "bytes", "price"], rows),
        bytes_text(bills.storage_bytes),
    )
}

/// A row of a table. The enclave's own figures may be below 0.
fn priced(name: &str, bytes: i64, yocto: i128) -> Vec<String> {
    let sign = if bytes < 0 { "-" } else { "" };
    let near = balance_text(Balance::from_yoctonear(yocto.unsigned_abs()));
    vec![
        name.to_owned(),
        format!("{sign}{}", count_text(bytes.unsigned_abs())),
        format!("{sign}{near}"),
    ]
}

fn yocto_of(bill: &Bill) -> i128 {
    bill.yocto.parse().unwrap_or_default()
}

/// The price of a stored byte on this chain.
fn yocto_per_byte(chain: &Chain) -> i128 {
    let price = chain.runtime_config().storage_amount_per_byte();
    price.as_yoctonear() as i128
}
