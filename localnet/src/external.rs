//! What a running contract may ask of the chain: storage, promises, yields.
//!
//! Implements the VM's `External` on one block's overlay. Storage access charges
//! the trie's nodes as NEAR does: a write or removal pays for each node on its
//! path in the records before the block, unless the block wrote the key before;
//! a read pays for none. What NEAR has but this chain doesn't run becomes an
//! action that receipt validation refuses.

use std::cell::RefCell;

use near_crypto::PublicKey;
use near_primitives::account::{AccessKey, AccessKeyPermission, FunctionCallPermission};
use near_primitives::action::{
    Action, AddKeyAction, CreateAccountAction, DeleteAccountAction, DeleteKeyAction,
    DeployContractAction, FunctionCallAction, StakeAction, TransferAction,
};
use near_primitives::hash::CryptoHash;
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, Balance, PromiseYieldStatus, ProtocolVersion};
use near_primitives::utils::create_receipt_id_from_action_hash;
use near_primitives::version::ProtocolFeature;
use near_vm_runner::logic::errors::AnyError;
use near_vm_runner::logic::types::ReceiptIndex;
use near_vm_runner::logic::{HostError, StorageAccessTracker, VMLogicError, ValuePtr};

use crate::block::BlockContext;
use crate::errors::ChainError;
use crate::promises::Promises;
use crate::state::{Bytes, Overlay};
use crate::trie_touch::{LookUp, Touched, TrieAccounting};

type Answer<T> = Result<T, VMLogicError>;

/// What a running contract may ask of the chain.
pub(crate) struct ContractHost<'a, 'b> {
    overlay: &'a mut Overlay<'b>,
    trie: &'a mut RefCell<TrieAccounting>,
    pub(crate) promises: Promises,
    account_id: AccountId,
    action_hash: CryptoHash,
    data_count: u64,
    height: u64,
    chain_id: String,
    protocol_version: ProtocolVersion,
    pub(crate) proof_bytes_before: usize,
    pub(crate) yields_created: Vec<CryptoHash>,
}

/// A stored value that was found but not fetched.
struct Found<'a> {
    value: Bytes,
    /// Absent for a value that the block itself wrote, which costs no fetch.
    trie: Option<&'a RefCell<TrieAccounting>>,
}

impl ValuePtr for Found<'_> {
    fn len(&self) -> u32 {
        self.value.len() as u32
    }

    fn deref(&self, tracker: &mut dyn StorageAccessTracker) -> Answer<Vec<u8>> {
        if let Some(trie) = self.trie {
            charge(trie.borrow_mut().fetch(&self.value), tracker)?;
        }
        Ok(self.value.to_vec())
    }
}

fn charge(touched: Touched, tracker: &mut dyn StorageAccessTracker) -> Answer<()> {
    tracker.trie_node_touched(touched.first)?;
    tracker.cached_trie_node_access(touched.again)
}

/// What becomes of a value that a write or removal pushes out.
#[derive(Clone, Copy)]
enum Evicted {
    ByWrite,
    ByRemoval,
}

impl Evicted {
    fn charge(self, bytes: usize, tracker: &mut dyn StorageAccessTracker) -> Answer<()> {
        match self {
            Self::ByWrite => tracker.deref_write_evicted_value_bytes(bytes as u64),
            Self::ByRemoval => tracker.deref_removed_value_bytes(bytes as u64),
        }
    }
}

impl<'a, 'b> ContractHost<'a, 'b> {
    /// Makes the host of one call. Its storage proof begins here.
    pub(crate) fn new(
        block: &BlockContext,
        overlay: &'a mut Overlay<'b>,
        trie: &'a mut RefCell<TrieAccounting>,
        account_id: AccountId,
        action_hash: CryptoHash,
    ) -> Self {
        let proof_bytes_before = trie.get_mut().proof_bytes();
        Self {
            overlay,
            trie,
            promises: Promises::default(),
            account_id,
            action_hash,
            data_count: 0,
            height: block.height,
            chain_id: block.chain_id.clone(),
            protocol_version: block.protocol_version,
            proof_bytes_before,
            yields_created: Vec::new(),
        }
    }
}

impl ContractHost<'_, '_> {
    fn data_key(&self, key: &[u8]) -> Vec<u8> {
        TrieKey::ContractData {
            account_id: self.account_id.clone(),
            key: key.to_vec(),
        }
        .to_vec()
    }

    /// Finds the value that a write or removal replaces, and notes the touches.
    fn evict(
        &mut self,
        key: &[u8],
        evicted: Evicted,
        tracker: &mut dyn StorageAccessTracker,
    ) -> Answer<(Option<Vec<u8>>, Touched)> {
        if let Some(written) = self.overlay.written(key) {
            if let Some(value) = &written {
                evicted.charge(value.len(), tracker)?;
            }
            return Ok((written.map(|value| value.to_vec()), Touched::default()));
        }
        let records = self.overlay.base();
        let trie = self.trie.get_mut();
        let touched = trie.look_up(records, key, LookUp::Charged);
        let Some(value) = records.get(key) else {
            return Ok((None, touched));
        };
        evicted.charge(value.len(), tracker)?;
        let touched = touched.plus(trie.fetch(value));
        Ok((Some(value.to_vec()), touched))
    }

    fn find(&self, key: &[u8]) -> Option<Found<'_>> {
        if let Some(written) = self.overlay.written(key) {
            return written.map(|value| Found { value, trie: None });
        }
        let records = self.overlay.base();
        self.trie.borrow_mut().look_up(records, key, LookUp::Free);
        let value = records.get(key)?.clone();
        Some(Found {
            value,
            trie: Some(&*self.trie),
        })
    }

    fn status_key(&self, data_id: CryptoHash) -> TrieKey {
        TrieKey::PromiseYieldStatus {
            receiver_id: self.account_id.clone(),
            data_id,
        }
    }

    fn start_yield(&mut self, receiver: AccountId) -> (ReceiptIndex, CryptoHash) {
        let data_id = self.new_data_id();
        self.overlay
            .write(&self.status_key(data_id), &PromiseYieldStatus::Yielded);
        self.yields_created.push(data_id);
        (self.promises.create_yield(receiver, data_id), data_id)
    }

    fn resume(&mut self, data_id: CryptoHash, data: Vec<u8>) -> bool {
        let key = self.status_key(data_id);
        if !self.overlay.contains(&key) {
            return false;
        }
        self.overlay
            .write(&key, &PromiseYieldStatus::ResumeInitiated);
        self.promises.resume(data_id, data);
        true
    }

    fn new_data_id(&mut self) -> CryptoHash {
        let id =
            create_receipt_id_from_action_hash(&self.action_hash, self.height, self.data_count);
        self.data_count += 1;
        id
    }

    fn add_key(&mut self, receipt: ReceiptIndex, public_key: PublicKey, access_key: AccessKey) {
        let action = AddKeyAction {
            public_key,
            access_key,
        };
        self.promises
            .append(receipt, Action::AddKey(Box::new(action)));
    }
}

fn method_names(names: Vec<Vec<u8>>) -> Answer<Vec<String>> {
    names.into_iter().map(method_name).collect()
}

fn method_name(name: Vec<u8>) -> Answer<String> {
    String::from_utf8(name).map_err(|_| HostError::InvalidMethodName.into())
}

fn call_permission(
    allowance: Option<Balance>,
    receiver: AccountId,
    names: Vec<Vec<u8>>,
) -> Answer<FunctionCallPermission> {
    let method_names = method_names(names)?;
    Ok(FunctionCallPermission {
        allowance,
        receiver_id: receiver.into(),
        method_names,
    })
}

fn inconsistent(error: ChainError) -> VMLogicError {
    VMLogicError::ExternalError(AnyError::new(error.to_string()))
}

#[path = "external_vm.rs"]
mod vm;
