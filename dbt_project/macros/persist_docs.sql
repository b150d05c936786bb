{#- Writes descriptions as comments, as dbt does; those of a table that grows at the end of the run, where
    they changed (update_comments): looking at them model by model costs a part of a day's build. -#}
{% macro persist_docs(relation, model, for_relation=true, for_columns=true) -%}
    {%- if not is_incremental() -%}
        {{- return(default__persist_docs(relation, model, for_relation, for_columns)) -}}
    {%- endif -%}
{%- endmacro %}
