{#- Condition on a row's ticker that divides a full build into shares, which PostgreSQL's workers
    compute side by side: postgres__create_table_as puts the number of one in the place of all. For
    models whose rows depend on their own ticker only. PostgreSQL expects half of the rows where a
    condition is a `coalesce`, and without it so few that it would loop over them. -#}
{% macro is_in_share(ticker) -%}
    {{- return(adapter.dispatch('is_in_share', 'mlx')(ticker)) -}}
{%- endmacro %}


{% macro default__is_in_share(ticker) -%}
    {%- if is_incremental() -%}
    true
    {%- else -%}
    coalesce(hashtext({{ ticker }}) & {{ number_of_shares() - 1 }} = any({{ all_shares() }}), false)
    {%- endif -%}
{%- endmacro %}


{% macro duckdb__is_in_share(ticker) -%}
    true
{%- endmacro %}
