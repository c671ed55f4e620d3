.PHONY: run web bridge test bench bench-large prepare documents

run: ## build and run, with a private PostgreSQL where DATABASE_URL is unset
	scripts/run

web: ## build the dashboard and the visitor's page, which the binary takes in
	scripts/web

bridge: ## build the WhatsApp bridge and run it beside the server
	scripts/bridge

test: ## install what the tests need, and run all checks
	scripts/test

bench: ## a release build beside its peers and bare PostgreSQL; writes docs/performance.*
	scripts/bench

bench-large: ## the loads that are others where millions of messages are stored or waiting; writes docs/performance*
	scripts/bench --large

prepare: ## refresh .sqlx after a query or a migration changed
	scripts/prepare

documents: ## write docs/openapi.json, docs/asyncapi.json and docs/capabilities.md anew
	WRITE_DOCS=1 cargo test -q --workspace --test it -- documents::the_file capabilities::the_page
