{#- The comments of a table's columns by column name. -#}
{% macro column_comments(relation) -%}
    {%- set comments = {} -%}
    {%- for name, comment in run_query(adapter.dispatch('column_comments', 'mlx')(relation)) -%}
        {%- do comments.update({name: comment}) -%}
    {%- endfor -%}
    {{- return(comments) -}}
{%- endmacro %}


{% macro default__column_comments(relation) -%}
    select columns.attname, col_description(columns.attrelid, columns.attnum)
    from pg_attribute as columns
    where columns.attrelid = cast('{{ relation }}' as regclass) and columns.attnum > 0
{%- endmacro %}


{% macro duckdb__column_comments(relation) -%}
    select column_name, comment
    from duckdb_columns()
    where
        database_name = '{{ relation.database }}'
        and schema_name = '{{ relation.schema }}'
        and table_name = '{{ relation.identifier }}'
{%- endmacro %}
