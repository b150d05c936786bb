{#- Checks a contract as dbt does, but spares an incremental build planning its statement once more:
    where the table that it adds to has the contract's columns, and other columns than the table's
    make the build fail (`on_schema_change`), the contract is kept. -#}
{% macro get_assert_columns_equivalent(sql) -%}
    {%- if
        not is_incremental()
        or config.get('on_schema_change') != 'fail'
        or _columns_of('select * from ' ~ this) != _columns_of(get_empty_schema_sql(model['columns']))
    -%}
        {{ assert_columns_equivalent(sql) }}
    {%- endif -%}
{%- endmacro %}


{#- Names and types of a query's columns, sorted. -#}
{% macro _columns_of(sql) -%}
    {{- return(format_columns(get_column_schema_from_query(sql)) | map(attribute='formatted') | sort) -}}
{%- endmacro %}
