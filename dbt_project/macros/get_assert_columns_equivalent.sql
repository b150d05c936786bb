{#- Checks a contract as dbt does, but spares an incremental build planning its statement once more:
    where the table that it adds to has the contract's columns, and other columns than the table's
    make the build fail (`on_schema_change`), the contract is kept. -#}
{% macro get_assert_columns_equivalent(sql) -%}
    {%- if
        not is_incremental()
        or config.get('on_schema_change') != 'fail'
        or not _has_columns_of_contract(this)
    -%}
        {{ assert_columns_equivalent(sql) }}
    {%- endif -%}
{%- endmacro %}


{#- Whether a table has the names and types of the model's contract. -#}
{% macro _has_columns_of_contract(table) -%}
    {%- set stored, agreed = {}, {} -%}
    {%- for column in adapter.get_columns_in_relation(table) -%}
        {%- do stored.update({column.name: column.dtype | lower}) -%}
    {%- endfor -%}
    {%- for column in model.columns.values() -%}
        {%- do agreed.update({column.name: stored_type(column.data_type | lower)}) -%}
    {%- endfor -%}
    {{- return(stored == agreed) -}}
{%- endmacro %}
