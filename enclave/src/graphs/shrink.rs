//! Makes a failing graph small: takes away what can go while it still fails.

use super::script::{Act, Graph, Step};

/// The smallest graph found that still fails.
pub(super) fn shrunk(mut graph: Graph, fails: &dyn Fn(&Graph) -> bool) -> Graph {
    loop {
        let smaller = candidates(&graph).find(|smaller| fails(smaller));
        match smaller {
            Some(smaller) => graph = smaller,
            None => return graph,
        }
    }
}

/// Graphs that are smaller by one thing, larger things first.
fn candidates(graph: &Graph) -> impl Iterator<Item = Graph> + '_ {
    let requests = (0..graph.requests.len()).map(move |index| {
        let mut smaller = graph.clone();
        smaller.requests.remove(index);
        smaller
    });
    let methods = places(graph).into_iter().map(move |(id, method)| {
        let mut smaller = graph.clone();
        steps_mut(&mut smaller, &id, &method).clear();
        smaller
    });
    let edits: [Edit; 3] = [edit_drop, edit_unwrap, edit_plain];
    let steps = edits.into_iter().flat_map(move |edit| {
        places(graph).into_iter().flat_map(move |(id, method)| {
            let mut count = 0;
            walk(steps_mut(&mut graph.clone(), &id, &method), &mut |_, _| {
                count += 1;
                false
            });
            (0..count).filter_map(move |wanted| edited(graph, (&id, &method), wanted, edit))
        })
    });
    requests.chain(methods).chain(steps).chain(worlds(graph))
}

/// Graphs with less in their world.
fn worlds(graph: &Graph) -> impl Iterator<Item = Graph> + '_ {
    let less = (0..graph.subcontracts.len()).flat_map(move |index| {
        let mut gone = graph.clone();
        gone.subcontracts.remove(index);
        let mut poor = graph.clone();
        poor.subcontracts[index].balance_yocto = 0;
        let mut empty = graph.clone();
        empty.subcontracts[index].values.clear();
        let mut closed = graph.clone();
        closed.subcontracts[index].grants.clear();
        [gone, poor, empty, closed]
    });
    let unpaid = (0..graph.requests.len()).map(move |index| {
        let mut unpaid = graph.clone();
        *unpaid.requests[index].deposit_mut() = 0;
        unpaid
    });
    less.chain(unpaid).filter(move |smaller| smaller != graph)
}

/// Methods that do something.
fn places(graph: &Graph) -> Vec<(String, String)> {
    let mut places = Vec::new();
    for (id, methods) in &graph.scripts {
        for (method, steps) in methods {
            if !steps.is_empty() {
                places.push((id.clone(), method.clone()));
            }
        }
    }
    places
}

fn steps_mut<'a>(graph: &'a mut Graph, id: &str, method: &str) -> &'a mut Vec<Step> {
    let methods = graph.scripts.get_mut(id).expect("a place of the graph");
    methods.get_mut(method).expect("a place of the graph")
}

/// What stands in a step's place in a smaller graph.
type Edit = fn(&Step) -> Option<Vec<Step>>;

/// The graph with one step changed; none when that changes nothing.
fn edited(graph: &Graph, (id, method): (&str, &str), wanted: usize, edit: Edit) -> Option<Graph> {
    let mut smaller = graph.clone();
    let mut count = 0;
    let mut is_changed = false;
    walk(steps_mut(&mut smaller, id, method), &mut |steps, index| {
        count += 1;
        let is_wanted = count == wanted + 1;
        if is_wanted && let Some(instead) = edit(&steps[index]) {
            steps.splice(index..=index, instead);
            is_changed = true;
        }
        is_wanted
    });
    is_changed.then_some(smaller)
}

/// Shows every step, outer ones first, until told to stop.
fn walk(steps: &mut Vec<Step>, visit: &mut dyn FnMut(&mut Vec<Step>, usize) -> bool) -> bool {
    for index in 0..steps.len() {
        if visit(steps, index) {
            return true;
        }
        if let Act::Atomic(body, _) | Act::Block(body) = &mut steps[index].act
            && walk(body, visit)
        {
            return true;
        }
    }
    false
}

fn edit_drop(_: &Step) -> Option<Vec<Step>> {
    Some(Vec::new())
}

/// Puts the body of a savepoint in its place.
fn edit_unwrap(step: &Step) -> Option<Vec<Step>> {
    match &step.act {
        Act::Atomic(body, _) | Act::Block(body) => Some(body.clone()),
        _ => None,
    }
}

/// Takes options of a call away.
fn edit_plain(step: &Step) -> Option<Vec<Step>> {
    let mut plain = step.clone();
    match &mut plain.act {
        Act::Call(call) => (call.gas, call.deposit_yocto) = (None, 0),
        Act::After(request, times) => {
            (request.call.gas, request.call.deposit_yocto) = (None, 0);
            *times = 1;
        }
        Act::Log { times, .. } | Act::Transfer { times, .. } => *times = 1,
        _ => {}
    }
    (plain != *step).then(|| vec![plain])
}
