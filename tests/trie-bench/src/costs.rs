//! Gas by what it was charged for: differences, means, and how often a price was paid.

use std::collections::BTreeMap;

use conclave_localnet::{ReceiptOutcome, RuntimeConfig};
use near_parameters::ExtCosts;

/// The category of NEAR's profile that the VM charges; the fees of actions are in another.
const VM: &str = "WASM_HOST_COST";

/// What a Wasm instruction is called in NEAR's profile.
pub const INSTRUCTION: &str = "WASM_INSTRUCTION";

/// Gas of NEAR's VM by NEAR's name of each cost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Costs(BTreeMap<String, u64>);

impl Costs {
    /// Returns what a receipt was charged by the VM.
    #[must_use]
    pub fn of(receipt: &ReceiptOutcome) -> Self {
        let costs = receipt.gas_profile().iter();
        let costs = costs.filter(|it| it.cost_category == VM);
        Self(
            costs
                .map(|it| (it.cost.clone(), it.gas_used.as_gas()))
                .collect(),
        )
    }

    /// Returns what is beyond another receipt's; `None` where that one paid more for something.
    #[must_use]
    pub fn beyond(&self, other: &Self) -> Option<Self> {
        let mut left = self.0.clone();
        for (cost, gas) in &other.0 {
            let rest = left.get(cost).copied().unwrap_or(0).checked_sub(*gas)?;
            left.insert(cost.clone(), rest);
        }
        left.retain(|_, gas| *gas > 0);
        Some(Self(left))
    }

    /// Returns all gas.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Returns the gas of costs whose name begins so.
    #[must_use]
    pub fn starting(&self, prefix: &str) -> u64 {
        let costs = self.0.iter().filter(|(cost, _)| cost.starts_with(prefix));
        costs.map(|(_, gas)| gas).sum()
    }

    /// Returns the mean of some, cost by cost, rounded down.
    #[must_use]
    pub fn mean(all: &[Self]) -> Self {
        let mut sums = BTreeMap::new();
        for (cost, gas) in all.iter().flat_map(|costs| &costs.0) {
            *sums.entry(cost.clone()).or_insert(0) += gas;
        }
        let count = all.len().max(1) as u64;
        sums.values_mut().for_each(|gas| *gas /= count);
        Self(sums)
    }
}

/// NEAR's price of one unit of each cost that a program may have.
#[derive(Debug)]
pub struct Prices(BTreeMap<String, u64>);

impl Prices {
    /// Takes the prices from the parameters of a chain.
    #[must_use]
    pub fn of(config: &RuntimeConfig) -> Self {
        use ExtCosts as C;
        let costs = [
            C::storage_read_base,
            C::storage_read_key_byte,
            C::storage_read_value_byte,
            C::storage_has_key_base,
            C::storage_has_key_byte,
            C::storage_write_base,
            C::storage_write_key_byte,
            C::storage_write_value_byte,
            C::storage_write_evicted_byte,
            C::storage_remove_base,
            C::touching_trie_node,
            C::read_cached_trie_node,
            C::sha256_base,
            C::sha256_byte,
        ];
        let wasm = &config.wasm_config;
        let price = |cost: C| {
            let name = format!("{cost:?}").to_ascii_uppercase();
            (name, wasm.ext_costs.gas_cost(cost).as_gas())
        };
        let mut prices: BTreeMap<String, u64> = costs.into_iter().map(price).collect();
        prices.insert(INSTRUCTION.to_owned(), u64::from(wasm.regular_op_cost));
        Self(prices)
    }

    /// Returns how often a price was paid; a mean may not be whole.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
    pub fn count(&self, costs: &Costs, name: &str) -> f64 {
        let price = self.0.get(name).copied().unwrap_or(1);
        costs.0.get(name).copied().unwrap_or(0) as f64 / price as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costs(list: &[(&str, u64)]) -> Costs {
        Costs(
            list.iter()
                .map(|(cost, gas)| ((*cost).to_owned(), *gas))
                .collect(),
        )
    }

    #[test]
    fn what_is_beyond_leaves_out_what_both_paid() {
        let (much, little) = (costs(&[("A", 5), ("B", 3)]), costs(&[("A", 2), ("B", 3)]));
        assert_eq!(much.beyond(&little), Some(costs(&[("A", 3)])));
        assert_eq!(little.beyond(&much), None);
        assert_eq!(little.beyond(&costs(&[("C", 1)])), None);
    }

    #[test]
    fn a_mean_counts_what_is_absent_as_nothing() {
        let mean = Costs::mean(&[costs(&[("A", 4), ("B", 2)]), costs(&[("A", 2)])]);
        assert_eq!(mean, costs(&[("A", 3), ("B", 1)]));
        assert_eq!((mean.total(), mean.starting("A")), (4, 3));
    }
}
