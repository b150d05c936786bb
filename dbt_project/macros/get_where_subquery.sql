{#- What a data test looks at, where its config `where` is one of two words of ours: the days since the
    first that the newest build rewrote (models with `changed_at`), or since a month before the first
    that was loaded since the build before (prices as delivered). What a failed test kept from the
    models downstream is looked at again. A full refresh and the var test_all_rows look at all rows.
    Stamp and day are asked for first: told their values, a planner knows how many rows follow. -#}
{% macro get_where_subquery(relation) -%}
    {% set where = config.get('where', '') -%}
    {% if not where -%}
        {% do return(relation) -%}
    {% endif -%}
    {% if where not in ('newest_build', 'newest_load') -%}
        {% do return('(select * from ' ~ relation ~ ' where ' ~ where ~ ') as tested') -%}
    {% endif -%}
    {% if flags.FULL_REFRESH or var('test_all_rows') or not execute -%}
        {% do return(relation) -%}
    {% endif -%}
    {% set first_day = _first_built_day(relation) if where == 'newest_build' else _first_loaded_day(relation) -%}
    {% do return('(select * from ' ~ relation ~ " where dt >= date '" ~ first_day ~ "') as tested") -%}
{%- endmacro %}


{% macro _first_built_day(relation) -%}
    {% set newest = 'select max(changed_at) from ' ~ relation -%}
    {% set seen = [] -%}
    {% for table in _built_tables(relation) -%}
        {% do seen.append('(select max(changed_at) from ' ~ table ~ ')') -%}
    {% endfor -%}
    {% set unseen = 'select min(changed_at) from ' ~ relation ~ ' where changed_at > least('
        ~ seen | join(', ') ~ ')' -%}
    {% set first = (_only_value(unseen) if seen) or _only_value(newest) -%}
    {% do return(_first_day(relation, 'changed_at', first)) -%}
{%- endmacro %}


{% macro _first_loaded_day(relation) -%}
    {% set changes = _built_table(graph.nodes['model.mlx.int_price_changes']) -%}
    {% set newest = 'select max(loaded_at) from ' ~ relation -%}
    {% set known = 'select max(changed_at) from ' ~ changes ~ ' where changed_at < (' ~ newest ~ ')' -%}
    {% set known_at = (_only_value(known) if changes) or '0001-01-01' -%}
    {% set first = _only_value(
        'select min(loaded_at) from ' ~ relation ~ " where loaded_at > timestamp '" ~ known_at ~ "'"
    ) -%}
    {% do return(_first_day(relation, 'loaded_at', first, 30)) -%}
{%- endmacro %}


{#- `min(dt)` would make PostgreSQL walk the index of dt from the first day on until a row fits. -#}
{% macro _first_day(relation, stamp, first, days_before=0) -%}
    {% set day = 'select min(dt - ' ~ days_before ~ ') from ' ~ relation
        ~ ' where ' ~ stamp ~ " >= timestamp '" ~ (first or '9999-12-31') ~ "'" -%}
    {% do return(_only_value(day) or '9999-12-31') -%}
{%- endmacro %}


{% macro _only_value(query) -%}
    {% do return(run_query(query).columns[0].values()[0]) -%}
{%- endmacro %}


{#- The tables that are built from a model, as far as they are there. -#}
{% macro _built_tables(relation) -%}
    {% set nodes = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | list -%}
    {% set tested = nodes | selectattr('relation_name', 'equalto', relation | string) -%}
    {% set tested = tested | map(attribute='unique_id') | first -%}
    {% set tables = [] -%}
    {% for node in nodes if tested in node.depends_on.nodes and 'changed_at' in node.columns -%}
        {% set table = _built_table(node) if node.config.materialized == 'incremental' -%}
        {% if table -%}{% do tables.append(table) -%}{% endif -%}
    {% endfor -%}
    {% do return(tables) -%}
{%- endmacro %}


{% macro _built_table(node) -%}
    {% do return(adapter.get_relation(node.database, node.schema, node.alias)) -%}
{%- endmacro %}
