{#- What a data test looks at, where its config `where` is one of two words of ours: the days since the
    first that the newest build rewrote (models with `changed_at`), or since a month before the first
    that was loaded since the build before (prices as delivered). What a failed test kept from the
    models downstream is looked at again. A full refresh and the var test_all_rows look at all rows.
    The day is asked for first: told its date, a planner knows how many rows follow. -#}
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
    {% set first = _first_built(relation) if where == 'newest_build' else _first_loaded(relation) -%}
    {% set first_day = run_query(first).columns[0].values()[0] or '9999-12-31' -%}
    {% do return('(select * from ' ~ relation ~ " where dt >= date '" ~ first_day ~ "') as tested") -%}
{%- endmacro %}


{#- `min(dt)` would make PostgreSQL walk the index of dt from the first day on until a row fits. -#}
{% macro _first_built(relation) -%}
    {% set newest = '(select max(changed_at) from ' ~ relation ~ ')' -%}
    {% set seen = _built_tables(relation) -%}
    select min(dt - 0) from {{ relation }}
    where changed_at >= {% if seen -%}
        coalesce(
            (
                select min(changed_at) from {{ relation }}
                where changed_at > least(
                    {% for table in seen -%}
                    (select max(changed_at) from {{ table }}){{ ', ' if not loop.last }}
                    {%- endfor %}
                )
            ),
            {{ newest }}
        )
    {%- else -%}
        {{ newest }}
    {%- endif %}
{%- endmacro %}


{% macro _first_loaded(relation) -%}
    {% set changes = _built_table(graph.nodes['model.mlx.int_price_changes']) -%}
    {% set newest = '(select max(loaded_at) from ' ~ relation ~ ')' -%}
    select min(dt - 30) from {{ relation }}
    {%- if changes %}
    where loaded_at > (
        select coalesce(max(changed_at), timestamp '0001-01-01 00:00:00')
        from {{ changes }}
        where changed_at < {{ newest }}
    )
    {%- endif %}
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
