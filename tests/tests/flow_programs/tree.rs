//! A program's statements as a tree, so that one that fails can be made smaller.

/// A statement.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    Line(String),
    /// Statements with text before each list of them, and behind the last.
    Block(Vec<(String, Vec<Node>)>, String),
}

/// Their text.
pub(crate) fn text(nodes: &[Node]) -> String {
    let of = |node: &Node| match node {
        Node::Line(line) => format!("{line};\n"),
        Node::Block(parts, end) => {
            let part = |(head, body): &(String, Vec<Node>)| {
                let end = if head.ends_with(['{', ':']) { "" } else { ";" };
                format!("{head}{end}\n{}", text(body))
            };
            let parts: String = parts.iter().map(part).collect();
            format!("{parts}{end};\n")
        }
    };
    nodes.iter().map(of).collect()
}

/// How many statements there are, those inside of others too.
fn count(nodes: &[Node]) -> usize {
    let of = |node: &Node| match node {
        Node::Line(_) => 1,
        Node::Block(parts, _) => 1 + parts.iter().map(|(_, body)| count(body)).sum::<usize>(),
    };
    nodes.iter().map(of).sum()
}

/// What is done with a statement to make a program smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Drop,
    Unwrap,
}

/// The same without one statement, or with what is inside of it instead.
fn without(nodes: &[Node], at: &mut usize, cut: Cut) -> Vec<Node> {
    let mut out = Vec::new();
    for node in nodes {
        let is_it = *at == 0;
        *at = at.wrapping_sub(1);
        match node {
            Node::Block(parts, _) if is_it && cut == Cut::Unwrap => {
                out.extend(parts.iter().flat_map(|(_, body)| body.clone()));
            }
            _ if is_it => {}
            Node::Line(_) => out.push(node.clone()),
            Node::Block(parts, end) => {
                let part = |(head, body): &(String, Vec<Node>)| {
                    (head.clone(), without(body, &mut *at, cut))
                };
                let parts = parts.iter().map(part).collect();
                out.push(Node::Block(parts, end.clone()));
            }
        }
    }
    out
}

/// The smallest program found for which `fails` still holds, by taking out one statement at a time.
pub(crate) fn shrunk(mut nodes: Vec<Node>, fails: &dyn Fn(&[Node]) -> bool) -> Vec<Node> {
    let smaller = |nodes: &[Node]| {
        let places = (0..count(nodes)).flat_map(|at| [(at, Cut::Drop), (at, Cut::Unwrap)]);
        let mut candidates = places.map(|(mut at, cut)| without(nodes, &mut at, cut));
        candidates.find(|candidate| text(candidate).len() < text(nodes).len() && fails(candidate))
    };
    while let Some(found) = smaller(&nodes) {
        nodes = found;
    }
    nodes
}
