//! The VM's `External`, method by method; the ideas are in the parent.

use near_crypto::PublicKey;
use near_primitives::action::{
    DeployGlobalContractAction, DeterministicStateInitAction, GlobalContractDeployMode,
    TransferToGasKeyAction, UniversalStateInitAction, UseGlobalContractAction,
};
use near_primitives::deterministic_account_id::{
    DeterministicAccountStateInit, DeterministicAccountStateInitV1,
};
use near_primitives::hash::{CryptoHash, YieldId};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, Balance, Gas, GasWeight, Nonce, NonceIndex};
use near_primitives::universal_state_init::{UniversalStateInit, state_init_send_counts};
use near_primitives_core::universal_state_init::{
    DecodeMode, RawStateInit, StateInitError, UniversalStateInitCounts,
};
use near_vm_runner::logic::types::{
    ActionIndex, GlobalContractDeployMode as VmDeployMode, GlobalContractIdentifier, ReceiptIndex,
};
use near_vm_runner::logic::{External, HostError, StorageAccessTracker, VMLogicError, ValuePtr};

use super::{
    AccessKey, AccessKeyPermission, Action, Answer, ContractHost, CreateAccountAction,
    DeleteAccountAction, DeleteKeyAction, DeployContractAction, Evicted, FunctionCallAction,
    ProtocolFeature, StakeAction, TransferAction, call_permission, charge, inconsistent,
    method_name,
};

impl External for ContractHost<'_, '_> {
    fn storage_set(
        &mut self,
        tracker: &mut dyn StorageAccessTracker,
        key: &[u8],
        value: &[u8],
    ) -> Answer<Option<Vec<u8>>> {
        let key = self.data_key(key);
        let (evicted, touched) = self.evict(&key, Evicted::ByWrite, tracker)?;
        charge(touched, tracker)?;
        self.overlay.set(key, value);
        Ok(evicted)
    }

    fn storage_get<'a>(
        &'a self,
        _tracker: &mut dyn StorageAccessTracker,
        key: &[u8],
    ) -> Answer<Option<Box<dyn ValuePtr + 'a>>> {
        Ok(self
            .find(&self.data_key(key))
            .map(|found| Box::new(found) as Box<dyn ValuePtr + 'a>))
    }

    fn storage_remove(
        &mut self,
        tracker: &mut dyn StorageAccessTracker,
        key: &[u8],
    ) -> Answer<Option<Vec<u8>>> {
        let key = self.data_key(key);
        let (evicted, touched) = self.evict(&key, Evicted::ByRemoval, tracker)?;
        self.overlay.remove(key);
        self.trie.get_mut().remove();
        charge(touched, tracker)?;
        Ok(evicted)
    }

    fn storage_has_key(
        &mut self,
        _tracker: &mut dyn StorageAccessTracker,
        key: &[u8],
    ) -> Answer<bool> {
        Ok(self.find(&self.data_key(key)).is_some())
    }

    fn generate_data_id(&mut self) -> CryptoHash {
        self.new_data_id()
    }

    fn get_recorded_storage_size(&self) -> usize {
        self.trie.borrow().proof_bytes()
    }

    fn storage_proof_size_before_receipt(&self) -> usize {
        self.proof_bytes_before
    }

    fn validator_stake(&self, _account_id: &AccountId) -> Answer<Option<Balance>> {
        Ok(None)
    }

    fn validator_total_stake(&self) -> Answer<Balance> {
        Ok(Balance::ZERO)
    }

    fn chain_id(&self) -> String {
        self.chain_id.clone()
    }

    fn create_action_receipt(
        &mut self,
        receipt_indices: Vec<ReceiptIndex>,
        receiver_id: AccountId,
    ) -> Result<ReceiptIndex, VMLogicError> {
        let inputs = receipt_indices.iter().map(|_| self.new_data_id()).collect();
        self.promises.create(receiver_id, inputs, &receipt_indices)
    }

    fn create_promise_yield_receipt(
        &mut self,
        receiver_id: AccountId,
    ) -> Result<(ReceiptIndex, CryptoHash), VMLogicError> {
        Ok(self.start_yield(receiver_id))
    }

    fn create_promise_yield_receipt_with_id(
        &mut self,
        receiver_id: AccountId,
        user_yield_id: YieldId,
    ) -> Result<Option<(ReceiptIndex, CryptoHash)>, VMLogicError> {
        let receiver = self.account_id.clone();
        let forward = TrieKey::YieldIdToDataId {
            receiver_id: receiver.clone(),
            yield_id: user_yield_id,
        };
        if self.overlay.contains(&forward) {
            return Ok(None);
        }
        let (receipt, data_id) = self.start_yield(receiver_id);
        self.overlay.write(&forward, &data_id);
        let backward = TrieKey::DataIdToYieldId {
            receiver_id: receiver,
            data_id,
        };
        self.overlay.write(&backward, &user_yield_id);
        Ok(Some((receipt, data_id)))
    }

    fn submit_promise_resume_data(
        &mut self,
        data_id: CryptoHash,
        data: Vec<u8>,
    ) -> Result<bool, VMLogicError> {
        Ok(self.resume(data_id, data))
    }

    fn submit_promise_resume_data_with_yield_id(
        &mut self,
        user_yield_id: YieldId,
        data: Vec<u8>,
    ) -> Result<bool, VMLogicError> {
        let receiver_id = self.account_id.clone();
        let key = TrieKey::YieldIdToDataId {
            receiver_id,
            yield_id: user_yield_id,
        };
        let data_id = self.overlay.read(&key).map_err(inconsistent)?;
        Ok(data_id.is_some_and(|data_id| self.resume(data_id, data)))
    }

    fn append_action_create_account(&mut self, receipt_index: ReceiptIndex) {
        self.promises
            .append(receipt_index, Action::CreateAccount(CreateAccountAction {}));
    }

    fn append_action_deploy_contract(&mut self, receipt_index: ReceiptIndex, code: Vec<u8>) {
        self.promises.append(
            receipt_index,
            Action::DeployContract(DeployContractAction { code }),
        );
    }

    fn append_action_deploy_global_contract(
        &mut self,
        receipt_index: ReceiptIndex,
        code: Vec<u8>,
        mode: VmDeployMode,
    ) {
        let deploy_mode = match mode {
            VmDeployMode::CodeHash => GlobalContractDeployMode::CodeHash,
            VmDeployMode::AccountId => GlobalContractDeployMode::AccountId,
        };
        let action = DeployGlobalContractAction {
            code: code.into(),
            deploy_mode,
        };
        self.promises
            .append(receipt_index, Action::DeployGlobalContract(action));
    }

    fn append_action_use_global_contract(
        &mut self,
        receipt_index: ReceiptIndex,
        contract_id: GlobalContractIdentifier,
    ) {
        let action = UseGlobalContractAction {
            contract_identifier: contract_id.into(),
        };
        self.promises
            .append(receipt_index, Action::UseGlobalContract(Box::new(action)));
    }

    fn append_action_deterministic_state_init(
        &mut self,
        receipt_index: ReceiptIndex,
        contract_id: GlobalContractIdentifier,
        amount: Balance,
    ) -> ActionIndex {
        let state_init = DeterministicAccountStateInit::V1(DeterministicAccountStateInitV1 {
            code: contract_id.into(),
            data: Default::default(),
        });
        let action = DeterministicStateInitAction {
            state_init,
            deposit: amount,
        };
        self.promises.append(
            receipt_index,
            Action::DeterministicStateInit(Box::new(action)),
        ) as ActionIndex
    }

    fn set_deterministic_state_init_data_entry(
        &mut self,
        receipt_index: ReceiptIndex,
        action_index: ActionIndex,
        _key: Vec<u8>,
        _value: Vec<u8>,
    ) -> Result<(), VMLogicError> {
        Err(HostError::InvalidActionIndex {
            receipt_index,
            action_index,
        }
        .into())
    }

    fn check_state_init(&self, state_init: &RawStateInit) -> Result<(), StateInitError> {
        UniversalStateInit::from_raw_strict(state_init).map(|_| ())
    }

    fn state_init_send_counts(
        &self,
        state_init: &RawStateInit,
        mode: DecodeMode,
    ) -> UniversalStateInitCounts {
        state_init_send_counts(state_init, mode)
    }

    fn append_action_universal_state_init(
        &mut self,
        receipt_index: ReceiptIndex,
        state_init: RawStateInit,
        amount: Balance,
    ) {
        let action = UniversalStateInitAction {
            state_init,
            deposit: amount,
        };
        self.promises
            .append(receipt_index, Action::UniversalStateInit(Box::new(action)));
    }

    fn append_action_function_call_weight(
        &mut self,
        receipt_index: ReceiptIndex,
        name: Vec<u8>,
        args: Vec<u8>,
        attached_deposit: Balance,
        prepaid_gas: Gas,
        gas_weight: GasWeight,
    ) -> Result<(), VMLogicError> {
        let call = FunctionCallAction {
            method_name: method_name(name)?,
            args,
            gas: prepaid_gas,
            deposit: attached_deposit,
        };
        self.promises.append_call(receipt_index, call, gas_weight);
        Ok(())
    }

    fn append_action_transfer(&mut self, receipt_index: ReceiptIndex, deposit: Balance) {
        self.promises
            .append(receipt_index, Action::Transfer(TransferAction { deposit }));
    }

    fn append_action_transfer_to_gas_key(
        &mut self,
        receipt_index: ReceiptIndex,
        public_key: PublicKey,
        deposit: Balance,
    ) {
        let action = TransferToGasKeyAction {
            public_key,
            deposit,
        };
        self.promises
            .append(receipt_index, Action::TransferToGasKey(Box::new(action)));
    }

    fn append_action_add_gas_key_with_full_access(
        &mut self,
        receipt_index: ReceiptIndex,
        public_key: PublicKey,
        num_nonces: NonceIndex,
    ) {
        self.add_key(
            receipt_index,
            public_key,
            AccessKey::gas_key_full_access(num_nonces),
        );
    }

    fn append_action_add_gas_key_with_function_call(
        &mut self,
        receipt_index: ReceiptIndex,
        public_key: PublicKey,
        num_nonces: NonceIndex,
        allowance: Option<Balance>,
        receiver_id: AccountId,
        method_names: Vec<Vec<u8>>,
    ) -> Result<(), VMLogicError> {
        let permission = call_permission(allowance, receiver_id, method_names)?;
        let access_key = AccessKey::gas_key_function_call(num_nonces, permission);
        self.add_key(receipt_index, public_key, access_key);
        Ok(())
    }

    fn append_action_stake(
        &mut self,
        receipt_index: ReceiptIndex,
        stake: Balance,
        public_key: PublicKey,
    ) {
        let action = StakeAction { stake, public_key };
        self.promises
            .append(receipt_index, Action::Stake(Box::new(action)));
    }

    fn append_action_add_key_with_full_access(
        &mut self,
        receipt_index: ReceiptIndex,
        public_key: PublicKey,
        nonce: Nonce,
    ) {
        let access_key = AccessKey {
            nonce,
            permission: AccessKeyPermission::FullAccess,
        };
        self.add_key(receipt_index, public_key, access_key);
    }

    fn append_action_add_key_with_function_call(
        &mut self,
        receipt_index: ReceiptIndex,
        public_key: PublicKey,
        nonce: Nonce,
        allowance: Option<Balance>,
        receiver_id: AccountId,
        method_names: Vec<Vec<u8>>,
    ) -> Result<(), VMLogicError> {
        let permission = call_permission(allowance, receiver_id, method_names)?;
        let access_key = AccessKey {
            nonce,
            permission: AccessKeyPermission::FunctionCall(permission),
        };
        self.add_key(receipt_index, public_key, access_key);
        Ok(())
    }

    fn append_action_delete_key(&mut self, receipt_index: ReceiptIndex, public_key: PublicKey) {
        let action = DeleteKeyAction { public_key };
        self.promises
            .append(receipt_index, Action::DeleteKey(Box::new(action)));
    }

    fn append_action_delete_account(
        &mut self,
        receipt_index: ReceiptIndex,
        beneficiary_id: AccountId,
    ) {
        let action = DeleteAccountAction { beneficiary_id };
        self.promises
            .append(receipt_index, Action::DeleteAccount(action));
    }

    fn get_receipt_receiver(&self, receipt_index: ReceiptIndex) -> &AccountId {
        self.promises.receiver(receipt_index)
    }

    fn set_refund_to(&mut self, receipt_index: ReceiptIndex, refund_to: AccountId) {
        self.promises.set_refund_to(receipt_index, refund_to);
    }

    fn post_quantum_keys_enabled(&self) -> bool {
        ProtocolFeature::PostQuantumSignatures.enabled(self.protocol_version)
    }
}
