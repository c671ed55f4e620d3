.PHONY: run bridge test bench prepare

run: ## build and run, with a private PostgreSQL where DATABASE_URL is unset
	scripts/run

bridge: ## build the WhatsApp bridge and run it beside the server
	scripts/bridge

test: ## install what the tests need, and run all checks
	scripts/test

bench: ## messages a second, delivery to event, memory; of a release build
	scripts/bench

prepare: ## refresh .sqlx after a query or a migration changed
	scripts/prepare
