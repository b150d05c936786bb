{#- A query that is divided into shares (is_in_share) is computed by parallel workers. PostgreSQL
    divides neither window functions nor correlated subqueries among workers, nor does it let them
    compute the rows of an `insert`, which is dbt's way under a contract. But each branch of a union
    in `create table as` may run in a worker of its own, and a function called there may do anything.
    Its `cost` makes the workers worth their while, its `set` keeps it from being inlined. Whole
    panels are joined by hash or in order: of prices that pass all checks PostgreSQL expects one in
    two hundred, and looping over so few would be quadratic. -#}
{% macro postgres__create_table_as(temporary, relation, sql) %}
    {%- set constrained = model['constraints'] or model['columns'].values() | selectattr('constraints') | list -%}
    {%- set in_shares = config.get('contract').enforced and not constrained and all_shares() in sql -%}
    {%- if temporary or not in_shares -%}
        {{- return(dbt.postgres__create_table_as(temporary, relation, sql)) -}}
    {%- endif -%}
    {{- get_assert_columns_equivalent(sql) -}}
    set local parallel_leader_participation = off;
    drop function if exists pg_temp.rows_of_share(integer);
    create function pg_temp.rows_of_share(integer)
    returns table (
        {%- for column in model['columns'].values() %}
        {{ column['name'] }} {{ column['data_type'] }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
    language sql stable parallel safe cost 1e9
    set jit = off
    set enable_nestloop = off
    as $share$
        select {{ model['columns'] | join(', ') }}
        from (
            {{ sql | replace(all_shares(), 'array[$1]') }}
        ) as model_subq
    $share$;

    create table {{ relation }} as
    {%- for share in range(number_of_shares()) %}
    select * from pg_temp.rows_of_share({{ share }})
    {{- ' union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}
