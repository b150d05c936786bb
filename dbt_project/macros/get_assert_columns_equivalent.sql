{#- Checks a contract as dbt does, but spares an incremental build planning its statement once more:
    what it made is compared with the table that it adds to, and that one with the contract
    (check_for_schema_changes). -#}
{% macro get_assert_columns_equivalent(sql) -%}
    {%- if not is_incremental() or config.get('on_schema_change') != 'fail' -%}
        {{ assert_columns_equivalent(sql) }}
    {%- endif -%}
{%- endmacro %}
