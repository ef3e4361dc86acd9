//! What a test sees of a [`FlowWorld`] without running anything in it.

use super::{FlowWorld, Work};
use conclave_abi::key::COMPILED;
use conclave_enclave::Action;
use conclave_enclave::platform::Received;
use conclave_enclave::platform::memory::Pairs;
use conclave_nested_trie::{sealed, unsealed};
use serde_json::Value;
use std::cell::RefCell;
use std::rc::Rc;

impl FlowWorld {
    /// Another world that is as this one is now.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self {
            pairs: Rc::new(RefCell::new(self.pairs.borrow().clone())),
            height: self.height,
            receipts: self.receipts.clone(),
            balance: self.balance,
            accounts: self.accounts.clone(),
            logs: self.logs.clone(),
            thieves: self.thieves.clone(),
        }
    }

    /// Everything that the enclave stores, as it is at any time.
    #[must_use]
    pub fn stored(&self) -> Pairs {
        Rc::clone(&self.pairs)
    }

    /// The height of the last block.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.height
    }

    /// How many receipts there have been.
    #[must_use]
    pub fn receipts(&self) -> usize {
        self.receipts.len()
    }

    /// The flow for which a receipt goes on, if it is one that does.
    #[must_use]
    pub fn flow_of(&self, receipt: usize) -> Option<String> {
        let Work::Enclave { export, input, .. } = &self.receipts[receipt].work else {
            return None;
        };
        if !matches!(export.as_str(), "resume" | "settle" | "retry") {
            return None;
        }
        let input: Value = serde_json::from_slice(input).ok()?;
        let flow = input["flow"].as_str()?;
        (!flow.is_empty()).then(|| flow.to_owned())
    }

    /// How a spawned call ended, by its receipt: its value, or the code of its failure, which is empty
    /// where it ended without an answer.
    ///
    /// # Panics
    /// When it was answered with something else.
    #[must_use]
    pub fn spawned_end(&self, receipt: usize) -> Option<Result<Value, String>> {
        let Received::Bytes(bytes) = self.result(receipt)? else {
            return Some(Err(String::new()));
        };
        let told = conclave_abi::value::Value::from_bytes(bytes).expect("a value");
        let told = serde_json::to_value(told).expect("plain data");
        Some(match told[1][0].as_str() {
            None => Ok(told[0].clone()),
            Some(code) => Err(code.to_owned()),
        })
    }

    /// The method that a receipt calls outside, and its arguments, if it does.
    #[must_use]
    pub fn asked(&self, receipt: usize) -> Option<(String, Value)> {
        let Work::Outside(_, actions) = &self.receipts[receipt].work else {
            return None;
        };
        let [Action::Call { method, input, .. }] = actions.as_slice() else {
            return None;
        };
        let args = serde_json::from_slice(input).ok()?;
        Some((method.clone(), args))
    }

    /// The arguments of the call that a receipt spawns, and the token under which its method waits.
    #[must_use]
    pub fn spawned(&self, receipt: usize) -> Option<(Value, String)> {
        let Work::Enclave { export, input, .. } = &self.receipts[receipt].work else {
            return None;
        };
        if export != "spawn" {
            return None;
        }
        let spawned = conclave_abi::value::Value::from_bytes(input).ok()?;
        let spawned = serde_json::to_value(spawned).ok()?;
        let flow = spawned[5].as_str()?.to_owned();
        Some((spawned[2].clone(), flow))
    }

    /// A receipt in a few words.
    #[must_use]
    pub fn describe(&self, receipt: usize) -> String {
        match &self.receipts[receipt].work {
            Work::Outside(account, actions) => {
                let yocto: u128 = actions.iter().map(Action::yocto).sum();
                let names: Vec<_> = actions.iter().map(name).collect();
                format!("outside {account} {} with {yocto}", names.join(", "))
            }
            Work::Enclave {
                predecessor,
                export,
                input,
                deposit,
            } => {
                let input = String::from_utf8_lossy(input);
                format!("{predecessor} {export} {input} with {deposit}")
            }
        }
    }

    /// Lets all compiled code be of another build of the engine, as when the enclave was upgraded.
    ///
    /// # Panics
    /// When what is stored is no record.
    pub fn upgrade_engine(&mut self) {
        let mut pairs = self.pairs.borrow_mut();
        for (key, record) in pairs.iter_mut().filter(|(key, _)| key[0] == COMPILED) {
            let mut body = unsealed(key, record).expect("a record").to_vec();
            body[1] ^= 1;
            *record = sealed(key, &body);
        }
    }

    /// Receipts whose wait NEAR ends by now: after 200 blocks.
    #[must_use]
    pub fn overdue(&self) -> Vec<usize> {
        let is_old = |at: &usize| self.height >= self.receipts[*at].made + 200;
        self.open().into_iter().filter(is_old).collect()
    }
}

/// What an action does, in a word or two.
fn name(action: &Action) -> String {
    match action {
        Action::Call { method, .. } => format!("call {method}"),
        Action::Transfer { .. } => "transfer".to_owned(),
    }
}
